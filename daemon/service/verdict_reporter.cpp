// SPDX-License-Identifier: MIT
#include "daemon/service/verdict_reporter.h"

namespace tierwatch {

std::optional<std::string> VerdictReporter::report(const Verdict& verdict) {
  if (verdict.state == state_ && verdict.named() == named_) return std::nullopt;
  const bool first_and_quiet = first_ && verdict.state != VerdictState::kSaturated;
  first_ = false;
  state_ = verdict.state;
  named_ = verdict.named();
  if (first_and_quiet) return std::nullopt;
  std::string line = verdict.sentence;
  const char* separator = " [";
  for (const std::string& evidence : verdict.evidence) {
    line += separator + evidence;
    separator = "; ";
  }
  if (!verdict.evidence.empty()) line += ']';
  return line;
}

}  // namespace tierwatch
