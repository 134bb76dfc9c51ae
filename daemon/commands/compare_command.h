// SPDX-License-Identifier: MIT
//
// `tierwatch compare A B`: is B better? And for CI: an exit status that says so.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "analysis/compare/fail_if.h"

namespace tierwatch {

struct CompareOptions {
  std::vector<std::filesystem::path> a, b;  ///< files of runs
  std::optional<FailIf> fail_if;
  std::string format = "text";  ///< "text", "md", "json"
};

/// The exit status of a comparison that --fail-if does not let pass.
inline constexpr int kComparisonFails = 3;

/// Returns 0, or kComparisonFails. Throws RecordingError and std::runtime_error.
int run_compare(const CompareOptions& options, std::ostream& out);

}  // namespace tierwatch
