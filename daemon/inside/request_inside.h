// SPDX-License-Identifier: MIT
//
// A look at the requests that a server finishes, by the log that it writes of them.
#pragma once

#include "collectors/servers/server_files.h"
#include "daemon/inside/inside_session.h"

namespace tierwatch {

/// Throws std::runtime_error when no log of the tier can be followed, with the reason.
RequestReport look_into_requests(InsideSession& session, const InsideWish& wish, std::size_t tier,
                                 const SettingsSource& source);

}  // namespace tierwatch
