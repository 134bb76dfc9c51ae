// SPDX-License-Identifier: MIT
#include "daemon/service/fault_reporter.h"

namespace tierwatch {
namespace {

/// What to do about it, for the faults that an administrator can mend.
std::string hint(const std::string& file, Fault fault) {
  if (fault == Fault::kExhausted) return " (no descriptor or memory was left; see LimitNOFILE=)";
  if (fault != Fault::kDenied) return {};
  if (file == "io") return " (needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH; figures are left out)";
  if (file == "smaps_rollup") return " (needs CAP_PERFMON or CAP_SYS_PTRACE; figures are left out)";
  return " (figures are left out)";
}

}  // namespace

std::vector<std::string> FaultReporter::report(const FaultCounts& counts, nanoseconds now) {
  std::vector<std::string> lines;
  for (const auto& [key, count] : counts) {
    const auto& [file, fault] = key;
    if (fault == Fault::kGone) continue;
    Seen& seen = seen_[key];
    if (count == seen.count) continue;
    if (seen.count == 0 || now - seen.last > kQuiet) {
      lines.push_back("cannot read " + file + ": " + std::string(to_string(fault)) +
                      hint(file, fault) + "; counted in tierwatch_read_faults_total");
    }
    seen = {.count = count, .last = now};
  }
  return lines;
}

}  // namespace tierwatch
