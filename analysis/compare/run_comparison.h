// SPDX-License-Identifier: MIT
//
// Is B better than A? At matched load, with an interval that knows that seconds of one run are not
// independent and that runs differ among themselves.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

enum class Change : std::uint8_t { kSame, kBetter, kWorse, kInconclusive };
/// "same", "better", "worse", "inconclusive".
std::string_view to_string(Change change);

/// One measure in both groups.
struct ComparedMeasure {
  std::string name;  ///< "throughput", "p95", "demand.uwsgi", "ceiling": what --fail-if calls it
  std::string unit;  ///< "/s", "s", "s/request", "ratio"
  std::optional<double> users;             ///< of the matched level; absent: of the whole run
  double a = 0, b = 0;                     ///< medians of the groups
  std::vector<double> values_a, values_b;  ///< one per run
  /// b / a − 1 with its interval; of error ratios b − a.
  Estimate change;
  bool higher_is_better = true;
  Change verdict = Change::kInconclusive;
  std::string words;  ///< one line
  bool operator==(const ComparedMeasure&) const = default;
};

/// Something that makes the comparison itself doubtful.
struct Guardrail {
  std::string name;  ///< "errors", "generator", "steal", "load", "clock", "host"
  std::string words;
  bool operator==(const Guardrail&) const = default;
};

struct RunComparison {
  std::vector<std::string> names_a, names_b;
  Change verdict = Change::kInconclusive;
  std::string sentence;  ///< first line
  std::string noise;     ///< what the intervals stand on: runs per group, or an assumed noise
  std::vector<ComparedMeasure> measures;
  std::string bottleneck_a, bottleneck_b;  ///< "uwsgi cpu", "nothing on the server", "unknown"
  bool bottleneck_moved = false;
  std::vector<std::string> differences;  ///< of settings: "uwsgi: workers 4 → 8"
  std::vector<Guardrail> guardrails;
  std::vector<std::string> warnings;
  bool operator==(const RunComparison&) const = default;
};

struct ComparisonOptions {
  double same_within = 0.03;       ///< changes smaller than this are none
  double run_to_run_noise = 0.03;  ///< standard deviation assumed where a group is a single run
};

/// Compares groups of runs (one each, or better 5 and 5, taken in turns). Levels are matched by
/// users; where those are unknown, the busiest steps are compared. False alarms are kept to one in
/// twenty for all measures together (Holm). Pure.
RunComparison compare_runs(std::span<const RunFindings> a, std::span<const RunFindings> b,
                           const ComparisonOptions& options = {});

}  // namespace tierwatch
