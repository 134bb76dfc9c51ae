// SPDX-License-Identifier: MIT
//
// `tierwatch check-config [FILE]`: can this file be used? Starts nothing, touches nothing.
#pragma once

#include <iosfwd>

#include "daemon/commands/command_line.h"

namespace tierwatch {

/// Without a file the default one is checked; that it does not exist is well, too. Writes
/// `FILE: OK (2 tiers: nginx uwsgi)` to `out` and returns 0, or all that is wrong to
/// `errors`, a line each, and returns 2.
int run_check_config(const CheckConfigOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace tierwatch
