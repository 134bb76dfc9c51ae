// SPDX-License-Identifier: MIT
//
// Pushes samples by OTLP/HTTP from a thread of its own. What cannot be sent waits in memory,
// compressed, and goes in its order when the receiver is back; nothing here throws or waits once it
// runs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "collectors/parse/proc_fs.h"
#include "exporters/otlp/otlp_json.h"
#include "exporters/service_state.h"

namespace tierwatch {

struct OtlpPushOptions {
  std::string url;  ///< whole: "http://host:4318/v1/metrics"
  std::map<std::string, std::string> headers;
  OtlpAttributes attributes;  ///< beside those of this daemon, or in their place
  std::chrono::milliseconds interval{15'000};
  std::chrono::milliseconds timeout{10'000};  ///< of one request; never longer than the interval
  bool gzip = true;
  std::string ca_file;                         ///< empty: the system's
  std::size_t queued_bytes = 16u << 20;        ///< beyond them the oldest goes
  std::chrono::milliseconds first_wait{1000};  ///< after the first failure; doubles, up to a minute
  bool operator==(const OtlpPushOptions&) const = default;
};

/// What an answer of a receiver means (OTLP specification, "OTLP/HTTP Response"). 0: there was
/// none.
enum class PushOutcome { kTaken, kLater, kRefused };
PushOutcome push_outcome(int status);

class OtlpPusher {
 public:
  /// A line for the log, when trouble begins and when it ends.
  using Tell = std::function<void(const std::string&)>;

  /// `state` tells what the daemon does, and is told how the pushing goes; it must outlive this.
  OtlpPusher(OtlpPushOptions options, ServiceState& state, Tell tell);
  /// What waits is lost.
  ~OtlpPusher();
  OtlpPusher(const OtlpPusher&) = delete;
  OtlpPusher& operator=(const OtlpPusher&) = delete;

  /// To be called with each sample; those that are due are pushed.
  void add(const SnapshotPtr& snapshot);

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  bool wait(std::deque<SnapshotPtr>& fresh);
  void queue(const Snapshot& snapshot);
  void send_first();
  void taken();
  void later(const std::string& why, std::chrono::seconds asked_for);
  void refused(const std::string& why);
  void drop_first();

  const OtlpPushOptions options_;
  ServiceState& state_;
  const Tell tell_;
  const ProcFs files_;  ///< held open, for when no descriptor is left
  nanoseconds due_{};   ///< of the caller's thread

  std::unique_ptr<class HttpFetcher> fetcher_;  ///< from here on: of the thread
  std::deque<std::string> queue_;
  PushStanding standing_;
  Clock::time_point retry_at_{};
  std::chrono::milliseconds wait_{};
  bool in_trouble_ = false;

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<SnapshotPtr> fresh_;  ///< this and the next ones are guarded by mutex_
  std::uint64_t overrun_ = 0;
  bool stopping_ = false;
  HttpFetcher* sending_ = nullptr;

  std::thread thread_;
};

}  // namespace tierwatch
