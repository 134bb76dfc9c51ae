// SPDX-License-Identifier: MIT
//
// A look at the requests that a server finishes, by the log that it writes of them.
#pragma once

#include <stdexcept>

#include "analysis/inside/native_findings.h"
#include "collectors/servers/server_files.h"
#include "daemon/inside/inside_session.h"

namespace tierwatch {

/// No log of the tier can be followed: why, in words.
class NoLog : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Native code is looked at meanwhile, as far as that is permitted. Throws NoLog.
RequestReport look_into_requests(InsideSession& session, const InsideWish& wish, std::size_t tier,
                                 const SettingsSource& source, std::optional<NativeReport>& native);

}  // namespace tierwatch
