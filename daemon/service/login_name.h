// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace tierwatch {

/// Empty: the user has none. Asked for once each; may go to the network (getpwuid_r(3)).
/// Thread-safe.
std::string login_name(uid_t uid);

/// Absent: there is no such user. May go to the network.
std::optional<uid_t> user_named(const std::string& name);

}  // namespace tierwatch
