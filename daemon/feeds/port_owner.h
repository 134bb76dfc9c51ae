// SPDX-License-Identifier: MIT
//
// Who answers on a port of this machine. Any user can be the first to take it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

/// The users whose sockets a connection to 127.0.0.1:`port` may meet. Empty: nobody listens, or the
/// table does not tell.
std::vector<uid_t> owners_of(SocketTable& table, std::uint16_t port);

/// What speaks against believing who answers at 127.0.0.1:`port`: he is neither root, nor the
/// service's user (tierwatch), nor we. Empty: nothing, or it cannot be known.
std::string stranger_at(std::uint16_t port);

/// Whom a daemon may run as: root, we, or the service's user.
bool may_run_the_daemon(uid_t uid);

/// The same of what `owners` are, where `own` is our uid and `service` the service's.
std::string stranger_among(const std::vector<uid_t>& owners, uid_t own,
                           std::optional<uid_t> service);

}  // namespace tierwatch
