// SPDX-License-Identifier: MIT
#include "analysis/trend/trend_warnings.h"

#include <algorithm>
#include <set>

#include "analysis/load/level_cuts.h"
#include "analysis/load/run_sample.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

/// Of the host: below it is the kernel's work for the network, which belongs to no program.
constexpr double kLeastOfOthers = 0.05;
/// Between the runs with least and most: that much makes figures of one load differ.
constexpr double kUnsteadyOthers = 0.15;

void warn_of_other_loads(const RunTrend& trend, std::vector<std::string>& warnings) {
  std::set<std::string> tools;
  std::vector<double> users;
  std::size_t unknown = 0;
  for (const TrendRun& run : trend.runs) {
    if (run.load_tool.empty())
      ++unknown;
    else
      tools.insert(run.load_tool);
    if (run.users) users.push_back(*run.users);
  }
  if (tools.size() > 1)
    warnings.push_back("different load generators: " + listed({tools.begin(), tools.end()}));
  if (unknown > 0)
    warnings.push_back("the load of " + count_of(double(unknown), "run") + " is not known");
  if (users.empty()) return;
  const auto [least, most] = std::ranges::minmax(users);
  if (most > least * (1 + kSameLevel))
    warnings.push_back("the busiest steps have " + whole(least) + " to " + whole(most) +
                       " users: throughput and latency are not of the same load");
}

void warn_of_runs(std::span<const RunFindings> runs, std::vector<std::string>& warnings) {
  std::set<double> processors;
  std::size_t full = 0;
  for (const RunFindings& run : runs) {
    if (run.host.processors > 0) processors.insert(run.host.processors);
    full += run.generator.saturated ? 1 : 0;
  }
  if (processors.size() > 1) {
    std::vector<std::string> words;
    for (const double one : processors) words.push_back(few_digits(one));
    warnings.push_back("the host had " + listed(words) + " processors");
  }
  if (full > 0)
    warnings.push_back("the load generator filled a core itself in " +
                       count_of(double(full), "run") + ": its own limit may be measured");
}

std::string since_run(const RunTrend& trend, std::size_t run) {
  return "run " + std::to_string(run + 1) +
         (trend.runs[run].name.empty() ? "" : " (" + trend.runs[run].name + ")");
}

void warn_of_other_programs(const RunTrend& trend, const std::vector<OtherProgramsChange>& changes,
                            std::vector<std::string>& warnings) {
  for (const OtherProgramsChange& one : changes)
    warnings.push_back("other programs used " + percent(one.before) + " of the host's cpu before " +
                       since_run(trend, one.run) + " and " + percent(one.after) +
                       " from there on: what moved there may be their doing");
  if (!changes.empty()) return;
  std::vector<double> known;
  for (const TrendRun& run : trend.runs)
    if (run.other_programs_ratio) known.push_back(*run.other_programs_ratio);
  if (known.empty()) return;
  const auto [least, most] = std::ranges::minmax(known);
  if (most - least >= kUnsteadyOthers)
    warnings.push_back("other programs used " + percent(least) + " to " + percent(most) +
                       " of the host's cpu: the runs were not alike");
}

}  // namespace

std::optional<double> other_programs_ratio(const RunFindings& run) {
  if (!run.busiest) return std::nullopt;
  const StepFindings& step = run.steps[*run.busiest];
  if (!step.host.busy_cores || step.host.processors <= 0) return std::nullopt;
  double others = *step.host.busy_cores + step.host.steal_cores.value_or(0);
  for (const TierAtStep& tier : step.tiers) others -= tier.cpu_cores.value_or(0);
  return std::clamp(others / step.host.processors, 0.0, 1.0);
}

std::vector<OtherProgramsChange> changes_of_other_programs(const RunTrend& trend,
                                                           const TrendOptions& options) {
  std::vector<std::size_t> runs;
  std::vector<double> values;
  for (std::size_t i = 0; i < trend.runs.size(); ++i) {
    if (!trend.runs[i].other_programs_ratio) continue;
    runs.push_back(i);
    values.push_back(*trend.runs[i].other_programs_ratio);
  }
  std::vector<OtherProgramsChange> changes;
  if (values.size() < kFewestForChanges) return changes;
  for (const ChangePoint& one : find_change_points(
           values, {.false_alarms = options.false_alarms, .least_difference = kLeastOfOthers}))
    changes.push_back({.run = runs[one.at], .before = one.before, .after = one.after});
  return changes;
}

std::vector<std::string> trend_warnings(std::span<const RunFindings> runs, const RunTrend& trend,
                                        const std::vector<OtherProgramsChange>& others) {
  std::vector<std::string> warnings;
  warn_of_other_programs(trend, others, warnings);
  warn_of_runs(runs, warnings);
  warn_of_other_loads(trend, warnings);
  return warnings;
}

}  // namespace tierwatch
