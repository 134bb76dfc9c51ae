// SPDX-License-Identifier: MIT
//
// `tierwatch match`: which process of this machine belongs to which tier and role, and why; which
// almost did; which rules found nothing. The answer to "why is my worker not counted?".
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "collectors/process/candidate_reader.h"
#include "config/config.h"

namespace tierwatch {

struct MatchOptions {
  std::optional<std::filesystem::path> config;
  bool all = false;  ///< also the processes that no tier takes
};

/// The report as aligned text, sorted by tier, then pid. Titles stand at the end of their line, cut
/// at 100 bytes, control characters escaped. `all` adds the processes that no tier takes (kernel
/// threads left out). Pure.
std::string match_report(const Config& config, const std::vector<CandidateFacts>& facts, bool all);

/// Reads the machine and writes the report, and what the machine hides from us; 0. Throws
/// ConfigError and, without /proc, std::runtime_error.
int run_match(const MatchOptions& options, std::ostream& out);

}  // namespace tierwatch
