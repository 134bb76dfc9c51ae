// SPDX-License-Identifier: MIT
//
// All that is found in one run: which tier limited it, since what load, what a request costs, where
// the next ceiling is. Plain data: every report is written from this and the series alone.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/load/alignment.h"
#include "analysis/load/load_steps.h"
#include "analysis/load/offered_load.h"
#include "analysis/runs/demand.h"
#include "analysis/runs/limit_forecast.h"
#include "analysis/runs/scalability_fit.h"
#include "analysis/runs/tier_inside.h"
#include "analysis/runs/what_if.h"
#include "analysis/thresholds.h"

namespace tierwatch {

/// One tier in one step: means of its steady part, peaks where it says so.
struct TierAtStep {
  std::string tier;
  std::optional<double> cpu_cores;          ///< used by all of it
  std::optional<double> capacity_cores;     ///< of the bound it is nearest to
  std::optional<double> utilization_ratio;  ///< of that bound
  std::string bound;                        ///< "4 workers × 1"
  std::optional<double> run_delay_cores;    ///< runnable and waiting for a processor
  std::optional<double> run_delay_ratio;    ///< of the time its threads could run
  std::optional<double> workers, busy_workers;
  std::optional<double> queue_mean, queue_peak, queue_limit;    ///< of its fullest listener
  std::optional<double> queued_ratio;                           ///< share of samples with a queue
  std::optional<double> queue_wait_seconds;                     ///< per request, by Little's law
  std::optional<double> fds_open, fds_limit;                    ///< worst process
  std::optional<double> memory_bytes;                           ///< its own
  std::optional<double> memory_used_bytes, memory_limit_bytes;  ///< of its cgroup
  std::optional<double> connections, connections_limit;         ///< Postgres' or nginx' slots
  std::string waits_for;  ///< what its held workers wait for most: "postgres", "10.0.0.9:25"
  std::optional<double> waits_share;  ///< of their time
  bool operator==(const TierAtStep&) const = default;
};

struct HostAtStep {
  double processors = 0;
  std::optional<double> busy_cores, steal_cores, cpu_pressure_ratio, memory_available_bytes;
  bool operator==(const HostAtStep&) const = default;
};

/// How throughput answered to the load of a step.
enum class StepShape : std::uint8_t {
  kUnknown,     ///< a single step, or no throughput
  kLinear,      ///< more load, as many more answers
  kKnee,        ///< fewer more than before
  kSaturated,   ///< more load brought no more answers
  kRetrograde,  ///< more load brought fewer
};
/// "unknown", "linear", "knee", "saturated", "retrograde".
std::string_view to_string(StepShape shape);
/// More load brings no more answers.
inline bool is_flat(StepShape shape) {
  return shape == StepShape::kSaturated || shape == StepShape::kRetrograde;
}

struct StepFindings {
  LoadStep load;
  double from_run_begin_seconds = 0;  ///< of its steady part
  StepShape shape = StepShape::kUnknown;
  HostAtStep host;
  std::vector<TierAtStep> tiers;  ///< by name
  Verdict verdict;                ///< of the very judge that judges live
  /// Of several hosts: which tiers of others wait for the one named, "uwsgi at app1, app2 wait for
  /// it"; else empty.
  std::string waiters{};
  bool operator==(const StepFindings&) const = default;
};

/// The answer.
struct RunVerdict {
  enum class Outcome {
    kUnknown,       ///< too little was seen; `sentence` says of what
    kNotSaturated,  ///< throughput still grew with the load: only headroom can be told
    kSaturated,     ///< a tier (or the host) limited it
    kElsewhere,     ///< no server-side limit: see look_at
  };
  /// Where to look when nothing on the server is full.
  enum class LookAt { kNowhere, kGenerator, kNetwork, kThinkTime, kMoreLoad, kErrors };
  Outcome outcome = Outcome::kUnknown;
  LookAt look_at = LookAt::kNowhere;
  std::string sentence;  ///< first line of every report, complete in itself
  std::string advice;    ///< what to do about it, or what to run next; may be empty
  std::string tier;      ///< when saturated; `other` for foreign processes
  Resource resource = Resource::kCpu;
  Confidence confidence = Confidence::kLow;
  std::string confidence_because;
  std::optional<double> since_users;  ///< lowest step in which it was full
  std::optional<double> since_requests_per_second;
  std::optional<double> since_seconds;        ///< from the run's begin
  std::vector<std::string> evidence;          ///< most telling first
  std::vector<std::string> counter_evidence;  ///< why not the others
  std::vector<std::string> blind_spots;
  /// "uwsgi → postgres": every tier that was named in some step, in order; one entry as a rule.
  std::vector<TierResource> named_in_order;
  bool operator==(const RunVerdict&) const = default;
};
/// "unknown", "not saturated", "saturated", "elsewhere".
std::string_view to_string(RunVerdict::Outcome outcome);
/// "", "generator", "network", "think time", "more load", "errors".
std::string_view to_string(RunVerdict::LookAt look_at);

/// Where the curve bends.
struct Knee {
  std::size_t step = 0;  ///< index of the first step that is no longer linear
  std::optional<double> users;
  double requests_per_second = 0;
  /// (cycle time of the lowest step) × ceiling: users at which the bounds cross; absent if unknown.
  std::optional<double> users_by_bounds;
  bool operator==(const Knee&) const = default;
};

/// A stretch of time with the same live verdict: the strip below the plots.
struct VerdictSpan {
  std::chrono::system_clock::time_point begin{}, end{};
  VerdictState state = VerdictState::kUnknown;
  std::optional<TierResource> named;
  bool operator==(const VerdictSpan&) const = default;
};

/// Something that happened at one moment: a mark, an OOM kill, an overflow.
struct RunEvent {
  std::chrono::system_clock::time_point at{};
  std::string kind;  ///< "mark", "oom kill", "queue overflow", "throttled", "setting", "restart", …
  std::string tier;  ///< empty for marks and the host
  std::string text;
  bool operator==(const RunEvent&) const = default;
};

/// How something is set up: "workers" of "uwsgi".
struct RunSetting {
  std::string tier;  ///< empty: the host
  std::string name;  ///< as in the table `setting` of recordings
  double value = 0;
  bool operator==(const RunSetting&) const = default;
};

/// The load generator's own limit, as far as it could be seen.
struct GeneratorFindings {
  bool watched = false;                  ///< it ran here, as the tier `load-generator`
  std::optional<double> cpu_cores;       ///< in the busiest step
  std::optional<double> hottest_thread;  ///< cores
  bool saturated = false;                ///< its hottest thread fills a core
  /// In the busiest step, the share of the time in which its threads could run that they waited for
  /// a processor.
  std::optional<double> cpu_wait_ratio;
  /// At the moment of the run at which most of the limit was used: of the process with the fewest
  /// left, and all TCP sockets against the ports that connections may leave by.
  std::optional<LimitFacts> open_files, local_ports;
  bool exhausted = false;               ///< hardly any of either was left
  bool tells_errors = true;             ///< its file says which requests failed
  std::vector<std::string> doubts;      ///< why what it measured may not be the server's
  std::optional<double> think_seconds;  ///< users / throughput − latency; 0: it never pauses
  bool operator==(const GeneratorFindings&) const = default;
};

/// What a request of one name costs a tier.
struct CostOfName {
  std::string tier;
  Estimate seconds;  ///< of CPU
  bool operator==(const CostOfName&) const = default;
};

/// What one kind of requests saw in one step.
struct RequestsOfNameInStep {
  std::optional<double> requests_per_second, error_ratio, mean_seconds, p50_seconds, p95_seconds,
      p99_seconds;
  bool operator==(const RequestsOfNameInStep&) const = default;
};

/// The requests of one name: JMeter's label, Locust's or Gatling's name, k6's group and name.
struct RequestsOfName {
  std::string name;  ///< empty: all that are left out
  double requests = 0;
  std::optional<double> requests_per_second, error_ratio, mean_seconds, p50_seconds, p95_seconds,
      p99_seconds, max_seconds;
  std::vector<RequestsOfNameInStep>
      steps;  ///< one for each step of the run; empty: no course is known
  /// The step in which it first took much longer than in the least loaded one, and how many times
  /// as long; absent: in none, or not known.
  std::optional<std::size_t> slow_step;
  std::optional<double> slower_ratio;
  std::vector<CostOfName> cpu;  ///< of tiers where it can be told
  bool operator==(const RequestsOfName&) const = default;
};

struct NamedRequests {
  std::vector<RequestsOfName> endpoints;  ///< most requests first
  std::optional<RequestsOfName> others;   ///< all that are left out, as one
  std::uint64_t other_count = 0;
  bool others_are_more = false;         ///< at least so many
  std::vector<std::size_t> slow_first;  ///< indices of those that got slow, in that order
  std::string words;                    ///< "first to get slow: GET /cart: …"; empty: not known
  std::string cpu_missing;              ///< why no `cpu` of any is known; empty: it is
  bool operator==(const NamedRequests&) const = default;
};

/// What a tier of one of several hosts waits for elsewhere.
struct HostWait {
  std::string tier;             ///< of this host
  std::string peer;             ///< "postgres at db1", or the address where no watched host has it
  bool watched = false;         ///< it is a tier of a watched host
  double requests = 0;          ///< that wait for it, mean
  std::optional<double> share;  ///< of those it has taken on; absent: how many is not known
  bool operator==(const HostWait&) const = default;
};

/// One of the machines that a report on several is about.
struct HostInRun {
  std::string host;      ///< "db1"
  std::string instance;  ///< as Prometheus calls it: "db1:9718"
  std::vector<std::string> addresses;
  double scrape_seconds = 0;  ///< between two scrapes
  double samples = 0, seconds = 0;
  std::optional<double> processors, busy_cores, memory_available_bytes;
  std::vector<std::string> tiers;
  std::optional<TierResource> named;  ///< by its own daemon, for the longest time
  double named_seconds = 0, clear_seconds = 0, unknown_seconds = 0;
  std::vector<HostWait> waits;  ///< most requests first
  bool operator==(const HostInRun&) const = default;
};

/// What is known about the run besides samples and load: from `record`, or from a window.
struct RunLabel {
  std::string name;
  std::string command;  ///< of the load generator, as typed; empty: not started by us
  std::optional<int> exit_status;
  std::chrono::system_clock::time_point begin{}, end{};  ///< equal: those of the samples
  bool operator==(const RunLabel&) const = default;
};

struct RunData {
  RunLabel label;
  std::span<const RunSample> samples;  ///< in order of time
  const LoadSeries* load = nullptr;    ///< null: nothing is known of the load
  std::span<const RunMark> marks;
  std::span<const SettingAt> things;       ///< of servers, see server_changes.h; in order of time
  const RecordedInside* inside = nullptr;  ///< null: nobody looked inside the tiers
  AlignmentHints alignment;
  ThresholdTable thresholds;
  std::vector<WhatIf> questions;
  std::vector<std::string> notes;  ///< what the recording lacks, for people: among the warnings
  /// Looks at a step in place of the judge, where samples were judged where they were taken and
  /// hold less than that judge saw. Empty: the judge does. All but `load` and the times is its to
  /// fill.
  std::function<StepFindings(const LoadStep&)> look{};
  std::vector<HostInRun> hosts{};  ///< where it is about several
};

/// A threshold that somebody set for this run (`report --fail-if`), and how it came out.
struct ThresholdAnswer {
  enum class Outcome : std::uint8_t {
    kPassed,    ///< its condition does not hold
    kExceeded,  ///< it holds
    kUnknown,   ///< what it asks for is not known: never a pass
  };
  std::string condition;  ///< as typed
  Outcome outcome = Outcome::kUnknown;
  std::string words;  ///< what was measured, or why it is not known
  bool operator==(const ThresholdAnswer&) const = default;
};
/// "passed", "exceeded", "unknown".
std::string_view to_string(ThresholdAnswer::Outcome outcome);

struct RunFindings {
  RunLabel label;
  double seconds = 0;         ///< of the run
  double sample_seconds = 0;  ///< median interval of our samples
  std::size_t samples = 0;
  HostAtStep host;                     ///< over the whole run
  std::string load_tool, load_source;  ///< empty: no load series
  std::optional<LoadTotals> totals;    ///< as the tool counts them
  ClockOffset clock;
  RunVerdict verdict;
  std::vector<StepFindings> steps;
  std::optional<std::size_t> busiest;  ///< step of the highest throughput (else of the most CPU)
  std::optional<Knee> knee;
  NamedRequests endpoints;
  std::optional<OfferedLoad> offered;  ///< absent: no load series
  DemandFindings demand;
  std::optional<Ceiling> first_ceiling;  ///< of what limited, else the lowest predicted
  std::optional<Ceiling> next_ceiling;   ///< once the first is lifted
  std::vector<Waste> waste;
  std::vector<LimitForecast> forecasts;
  ScalabilityFit fit;
  GeneratorFindings generator;
  InsideOfRun inside;  ///< empty: nobody looked
  std::vector<WhatIfAnswer> what_if;
  std::vector<VerdictSpan> strip;
  std::vector<RunSetting> settings;         ///< of the busiest step
  std::vector<RunEvent> events;             ///< in order of time, marks among them
  std::vector<std::string> warnings;        ///< what is missing or odd, for people
  std::vector<ThresholdAnswer> thresholds;  ///< in the order in which they were asked for
  std::vector<HostInRun> hosts{};           ///< of several; empty: the one that recorded the run
  bool operator==(const RunFindings&) const = default;

  /// Requests that failed; absent: there is no load series, or it does not tell them.
  std::optional<double> failed() const {
    return totals && generator.tells_errors ? std::optional(totals->errors) : std::nullopt;
  }
  /// Of all requests; absent without any, too.
  std::optional<double> failed_ratio() const {
    return failed() && totals->requests > 0 ? std::optional(*failed() / totals->requests)
                                            : std::nullopt;
  }
  /// Throughput of the busiest step; absent when not known.
  std::optional<Estimate> highest_requests_per_second() const {
    return busiest ? steps[*busiest].load.requests_per_second : std::nullopt;
  }
};

/// Everything about one run. Pure; thread-safe. Cost: a fraction of a second for an hour at 5 Hz.
RunFindings find_in_run(const RunData& run);

}  // namespace tierwatch
