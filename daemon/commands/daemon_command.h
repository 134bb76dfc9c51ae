// SPDX-License-Identifier: MIT
//
// `tierwatch daemon`: sample on our own clock, hand out the latest snapshot, until told to stop.
#pragma once

#include "daemon/commands/command_line.h"

namespace tierwatch {

/// Runs until SIGTERM or SIGINT; then returns 0 within one tick. Throws ConfigError for a
/// configuration that cannot be used and std::runtime_error for an address that cannot be bound.
int run_daemon(const DaemonOptions& options);

}  // namespace tierwatch
