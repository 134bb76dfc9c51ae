// SPDX-License-Identifier: MIT
//
// What was seen inside the tiers of a run, by its steps: where a tier's time went while more load
// still brought more answers, and where once it did not. Plain data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/inside/inside_findings.h"
#include "analysis/inside/recorded_inside.h"

namespace tierwatch {

/// Steps that are taken together.
struct InsideGroup {
  enum class Kind : std::uint8_t {
    kAll,        ///< the run has not both of the others
    kLinear,     ///< more load brought more answers
    kSaturated,  ///< more load brought no more answers, or hardly any
  };
  Kind kind = Kind::kAll;
  std::vector<std::size_t> steps;  ///< indices of the run's steps; empty: all that was recorded
  double seconds = 0;              ///< for which the tier was looked at
  std::uint64_t looks = 0;
  std::uint64_t samples = 0;   ///< of threads, or backends, that were not idle
  std::uint64_t running = 0;   ///< of those on a CPU, or ready for one
  double torn = 0, moved = 0;  ///< shares of `samples`; may be a little too high of `moved`
  std::optional<double> requests_per_second;
  std::optional<double> cpu_seconds_per_request;  ///< of the tier, by the kernel's own figures
  std::vector<RecordedCount> stacks;              ///< what the samples were of
  bool operator==(const InsideGroup&) const = default;
};
/// "all", "linear", "saturated".
std::string_view to_string(InsideGroup::Kind kind);

/// Of one row in one group.
struct InsideCost {
  std::uint64_t samples = 0;
  double ratio = 0;  ///< of the samples on a CPU where the row is of those, else of all samples
  /// CPU-seconds where the row is of a CPU, else seconds for which a request waits, or a statement
  /// takes; absent: throughput is not known, or not all processes were read.
  std::optional<double> seconds_per_request;
  bool operator==(const InsideCost&) const = default;
};

/// A function of the application, or a statement, doing one thing.
struct InsideRow {
  std::string activity, peer, peer_tier;  ///< as in RecordedStack
  /// Of a statement, `function` is its text; empty: native code, or not known.
  InsidePlace place;
  std::vector<InsideCost> groups;  ///< one for each of the tier's
  bool running() const { return activity == "running"; }
  bool operator==(const InsideRow&) const = default;
};

struct TierInside {
  std::string tier;
  InsideContent content = InsideContent::kStacks;
  /// One, or two: linear and saturated.
  std::vector<InsideGroup> groups;
  std::vector<InsideRow> rows;  ///< most of the last group first
  bool of_cpu = true;           ///< what matters here is who is on a CPU, not who waits
  /// The row in which most of the time goes, where that is much and certain; the one that costs a
  /// request most more in the saturated steps than in the linear ones, where that is certain.
  std::optional<std::size_t> most, grown;
  bool operator==(const TierInside&) const = default;
};

struct InsideOfRun {
  std::vector<PythonFunction> functions;  ///< of `stacks`
  std::vector<RecordedStack> stacks;      ///< of all groups
  std::vector<TierInside> tiers;          ///< the one that limits first, then most samples
  std::vector<InsideNote> notes;
  bool empty() const { return tiers.empty() && notes.empty(); }
  bool operator==(const InsideOfRun&) const = default;
};

/// Rows of a tier that are kept.
inline constexpr std::size_t kMostRunInsideRows = 50;
/// Fewer samples say little.
inline constexpr std::uint64_t kFewInsideSamples = 100;

}  // namespace tierwatch
