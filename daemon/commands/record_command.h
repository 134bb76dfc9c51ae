// SPDX-License-Identifier: MIT
//
// `tierwatch record -- COMMAND…`: runs a load generator as if it had been started by itself, and
// records meanwhile what the tiers do and which of them is full.
#pragma once

#include "daemon/recorder/record_options.h"

namespace tierwatch {

/// Returns the program's exit status, or dies by the signal it died by; 1 in place of 0 when
/// standard output did not take what it printed. 127 and 126 when it cannot be started. Throws
/// ConfigError, ImportError (a `--load` that cannot be meant) and std::runtime_error before it is
/// started; never afterwards.
int run_record(const RecordOptions& options);

}  // namespace tierwatch
