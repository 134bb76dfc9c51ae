// SPDX-License-Identifier: MIT
//
// How the daemon itself fares, for probes and metrics: whether its sampler still samples, how the
// last reload ended, and what went wrong in the threads that help it.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/snapshot.h"
#include "exporters/web_events.h"

namespace tierwatch {

/// The parts of the daemon whose exceptions are caught and counted.
enum class Helper : std::uint8_t { kSampler, kRecorder, kHttp };
inline constexpr std::size_t kHelpers = 3;

/// "sampler", "recorder", "http": the `helper` label of tierwatch_helper_faults_total.
std::string_view to_string(Helper helper);

/// The end of the newest attempt to load the configuration.
struct ConfigReload {
  bool successful = true;
  std::chrono::system_clock::time_point succeeded_at{};  ///< of the newest that did not fail
};

/// Which metrics are served.
struct MetricChoice {
  bool host = true;        ///< tierwatch_host_*
  bool detail = false;     ///< those few ask for, and the `role` of those that have one
  bool old_names = false;  ///< names of the release before, too
  bool operator==(const MetricChoice&) const = default;
};

/// What is on the disk of the history.
struct HistoryStanding {
  std::uint64_t bytes = 0;  ///< of the file
  /// When the oldest sample in it was taken; absent while there is none.
  std::optional<std::chrono::system_clock::time_point> oldest;
  bool operator==(const HistoryStanding&) const = default;
};

/// What tells of processes, and why, each in a word ("bpf", "permitted"; SourceReason).
struct SourceStanding {
  std::string source, reason;
  bool operator==(const SourceStanding&) const = default;
};

/// What became of samples that are pushed.
struct PushStanding {
  std::uint64_t sent = 0, failed_attempts = 0, dropped = 0;  ///< since start
  std::uint64_t queued_bytes = 0;
};

/// Of one server: answers by page and status.
using RequestCounts = std::map<std::pair<std::string, int>, std::uint64_t, std::less<>>;

/// Thread-safe.
class ServiceState {
 public:
  /// A line for the log.
  using Tell = std::function<void(const std::string&)>;

  /// A sample is late when it is older than so many intervals, and never before kLeastPatience.
  static constexpr std::size_t kLateIntervals = 3;
  static constexpr nanoseconds kLeastPatience = std::chrono::seconds(2);
  /// Between two lines about faults of one helper; all are counted.
  static constexpr nanoseconds kQuiet = std::chrono::minutes(1);

  explicit ServiceState(Tell tell = {}) : tell_(std::move(tell)) {}

  /// Samples are due this often from `now` (CLOCK_MONOTONIC) on.
  void expect_samples(nanoseconds interval, nanoseconds now,
                      std::size_t late_intervals = kLateIntervals);

  /// Why the sampler is taken to hang, as a sentence; absent while it does not. `newest` is the
  /// newest snapshot, null before the first. Before expect_samples() nothing is late.
  std::optional<std::string> sampler_problem(const Snapshot* newest, nanoseconds now) const;

  void config_loaded(std::chrono::system_clock::time_point at);
  void config_refused();
  /// Absent before the first configuration was loaded.
  std::optional<ConfigReload> config() const;

  /// Counts a fault of a helper.
  void count(Helper helper);
  /// The same, and says it, at most once in kQuiet for each helper.
  void fault(Helper helper, std::string_view what, nanoseconds now);
  std::array<std::uint64_t, kHelpers> faults() const;

  void choose_metrics(MetricChoice choice);
  MetricChoice metric_choice() const;

  /// Counts what a server answers; `this` must outlive it.
  WebEvents web_events();
  RequestCounts requests() const;
  std::array<std::uint64_t, kAuthFailures> auth_failures() const;

  /// Of the certificate in use, the first of its chain to end; absent: none is in use. `guarded`:
  /// a password or a client's certificate is wanted.
  void serve_certificate(std::optional<std::chrono::system_clock::time_point> expires,
                         bool guarded = false);
  bool is_guarded() const;
  std::optional<std::chrono::system_clock::time_point> certificate_expires() const;

  /// Whether systemd passed the sockets that are served.
  void use_passed_sockets(bool passed);
  bool uses_passed_sockets() const;

  /// Absent before the first sample.
  void read_processes_by(SourceStanding source);
  std::optional<SourceStanding> process_source() const;

  /// Absent: no history is kept.
  void keep_history(std::optional<HistoryStanding> standing);
  std::optional<HistoryStanding> history() const;

  /// Absent: nothing is pushed.
  void push(std::optional<PushStanding> standing);
  std::optional<PushStanding> pushed() const;

 private:
  Tell tell_;
  mutable std::mutex mutex_;  ///< guards all that follow
  nanoseconds interval_{}, expected_since_{};
  std::size_t late_intervals_ = kLateIntervals;
  std::optional<ConfigReload> config_;
  std::array<std::uint64_t, kHelpers> faults_{};
  std::array<std::optional<nanoseconds>, kHelpers> said_at_{};
  MetricChoice choice_;
  RequestCounts requests_;
  std::array<std::uint64_t, kAuthFailures> auth_failures_{};
  std::optional<std::chrono::system_clock::time_point> certificate_expires_;
  bool passed_sockets_ = false, guarded_ = false;
  std::optional<SourceStanding> process_source_;
  std::optional<HistoryStanding> history_;
  std::optional<PushStanding> push_;
};

}  // namespace tierwatch
