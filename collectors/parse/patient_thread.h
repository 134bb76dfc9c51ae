// SPDX-License-Identifier: MIT
//
// A thread beside for reads that may never end, which is given up, with its thread, when one of
// them takes too long: a few of these, and nothing is read any more.
#pragma once

#include <algorithm>
#include <memory>
#include <set>

#include "collectors/parse/side_thread.h"

namespace tierwatch {

/// Not thread-safe. Each job is of one process.
template <typename Result>
class PatientThread {
 public:
  using Job = typename SideThread<Result>::Job;

  /// A process whose job takes longer is given up.
  static constexpr nanoseconds kPatience = std::chrono::seconds(5);
  /// Processes given up, each with a thread that hangs.
  static constexpr std::size_t kMostStuck = 4;

  /// Nothing is read of a process that was given up, nor of any after kMostStuck of these.
  void add(Job job) {
    if (side_ && !is_given_up(job.process)) side_->add(std::move(job));
  }

  /// What has been read since the last call. Gives up what has been read for too long.
  std::vector<Result> take(nanoseconds now) {
    std::vector<Result> found = side_ ? side_->take() : std::vector<Result>{};
    give_up_on_stuck(now);
    return found;
  }

  /// Whether a job was under way, or waited, at the last take().
  bool is_busy() const { return busy_.has_value(); }

  bool is_given_up(const ProcessId& process) const { return !side_ || stuck_.contains(process); }

  /// Until all is read, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return !side_ || side_->wait(most); }

 private:
  void give_up_on_stuck(nanoseconds now) {
    const auto busy = side_ ? side_->reading() : std::nullopt;
    if (busy != busy_) busy_since_ = now;
    busy_ = busy;
    if (!busy_ || now - busy_since_ < kPatience) return;
    stuck_.insert(*busy_);
    auto rest = side_->take_back();
    side_->leave();
    side_.reset();
    busy_.reset();
    if (stuck_.size() >= kMostStuck) return;
    side_ = std::make_unique<SideThread<Result>>();
    for (Job& job : rest) add(std::move(job));
  }

  std::unique_ptr<SideThread<Result>> side_ = std::make_unique<SideThread<Result>>();
  std::optional<ProcessId> busy_;  ///< what the thread was at, and since when
  nanoseconds busy_since_{};
  std::set<ProcessId> stuck_;
};

}  // namespace tierwatch
