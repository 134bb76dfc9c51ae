// SPDX-License-Identifier: MIT
//
// Where the CPU time of a tier's native code goes, as shares of its samples. Plain data.
#pragma once

#include <optional>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

struct NativeReport : InsideReport {
  std::optional<double> cores;  ///< that its threads were on, as the kernel counts it
};

/// Shares of samples of threads on a CPU. Its functions have no lines, and `hottest` is the
/// innermost one that has a name: what it calls that has none, or is in the kernel, is its own.
InsideFindings find_native(const StackTally& tally, const std::vector<PythonFunction>& functions);

}  // namespace tierwatch
