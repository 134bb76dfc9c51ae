// SPDX-License-Identifier: MIT
//
// What a load generator saw, second by second: the same few values whichever tool wrote them.
// collectors/loads/ reads them from files; alignment and demand join them with our samples.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tierwatch {

/// What ended in one stretch of time, usually a second. Latency is of the requests that ended in
/// it; tools that tell no distribution leave quantiles absent.
struct LoadPoint {
  std::chrono::nanoseconds begin{};  ///< since LoadSeries::start
  std::chrono::nanoseconds length{std::chrono::seconds(1)};
  double requests = 0;          ///< answered or failed; samples of the tool, not its transactions
  double errors = 0;            ///< of these
  std::optional<double> users;  ///< active virtual users or connections, mean
  std::optional<double> mean_seconds, p50_seconds, p95_seconds, p99_seconds;
  std::optional<double> received_bytes;
  std::optional<double> started;    ///< requests that began in it; absent: not known when they did
  std::optional<double> under_way;  ///< requests begun and not yet ended, mean
  std::optional<double> dropped;    ///< requests that were due and never sent, as the tool counts
  bool operator==(const LoadPoint&) const = default;
};

/// The whole run, as the tool counts it.
struct LoadTotals {
  double requests = 0;
  double errors = 0;
  double seconds = 0;  ///< from the first request's begin to the last one's end, without pauses
  std::optional<double> users;
  std::optional<double> mean_seconds, p50_seconds, p90_seconds, p95_seconds, p99_seconds,
      max_seconds;
  std::optional<double> dropped;  ///< requests that were due and never sent, as the tool counts
  double requests_per_second() const { return seconds > 0 ? requests / seconds : 0; }
  /// The latency that so many per cent do not exceed, 100 the maximum; others are not kept.
  void set_percentile(double percent, std::optional<double> value) {
    if (percent == 50) p50_seconds = value;
    if (percent == 90) p90_seconds = value;
    if (percent == 95) p95_seconds = value;
    if (percent == 99) p99_seconds = value;
    if (percent == 100) max_seconds = value;
  }
  void forget_latency() {
    mean_seconds = p50_seconds = p90_seconds = p95_seconds = p99_seconds = max_seconds =
        std::nullopt;
  }
  bool operator==(const LoadTotals&) const = default;
};

/// The requests of one kind, by what the load generator called them.
struct LoadLabel {
  std::string name;
  double requests = 0, errors = 0;
  std::optional<double> mean_seconds, p50_seconds, p95_seconds, p99_seconds, max_seconds;
  /// As LoadSeries::points, but longer and without users; those without a request are left out.
  /// Empty: only totals are known.
  std::vector<LoadPoint> points;
  bool operator==(const LoadLabel&) const = default;
};

/// One load generator's view of one run.
struct LoadSeries {
  std::string tool;    ///< "jmeter", "locust", "wrk", …
  std::string source;  ///< the file it was read from, as the user named it
  /// When the first request began, by the generator's clock; absent: the tool tells no time of day.
  std::optional<std::chrono::system_clock::time_point> start;
  /// False: written as local time without a zone, so that it may be whole zones away.
  bool zone_known = true;
  /// False: nothing tells which requests failed, and `errors` is 0 wherever it stands.
  bool errors_known = true;
  /// The tool tells no time of day, and `start` is a guess.
  bool start_is_guessed = false;
  /// In order of time, without overlap, gaps allowed; empty: the tool tells only totals.
  std::vector<LoadPoint> points;
  /// Each point is a run of its own of which only totals are known: a step of its own, too.
  bool points_are_runs = false;
  LoadTotals totals;
  /// Most requests first, 50 of a file at most; empty: the tool gives its requests no names, or all
  /// the same one.
  std::vector<LoadLabel> labels;
  std::optional<LoadLabel> other_labels;  ///< all that are left out, together, without a name
  std::uint64_t other_label_count = 0;    ///< how many these are
  bool other_labels_are_more = false;     ///< at least so many
  std::vector<std::string> warnings;      ///< what was left out or looks odd, for people
  bool operator==(const LoadSeries&) const = default;
};

}  // namespace tierwatch
