// SPDX-License-Identifier: MIT
#include "collectors/loads/formats/locust_history.h"

#include <algorithm>

namespace tierwatch {

using std::chrono::seconds;

void LocustHistory::add(const LocustSnapshot& snapshot) {
  if (count_++ == 0) {
    first_ = last_ = snapshot;
    return;
  }
  if (snapshot.at == last_.at) {  // written twice within a second: the later one counts
    if (intervals_.empty()) {
      first_ = last_ = snapshot;
      return;
    }
    intervals_.pop_back();
    last_ = intervals_.empty() ? first_ : intervals_.back().at_end;
  }
  // Locust forgets its counts when told to reset them after the ramp.
  const bool reset = snapshot.requests < last_.requests;
  if (reset) ++resets_;
  const LocustSnapshot before = reset ? LocustSnapshot{.at = last_.at} : last_;
  Interval interval{
      last_.at,
      snapshot.at,
      snapshot.requests - before.requests,
      std::max(0.0, snapshot.failures - before.failures),
      snapshot.requests * snapshot.mean_seconds - before.requests * before.mean_seconds,
      snapshot};
  if (snapshot.max_seconds && last_.max_seconds && !reset)
    sliding_ |= *snapshot.max_seconds < *last_.max_seconds;
  intervals_.push_back(interval);
  last_ = snapshot;
}

bool LocustHistory::idle(const Interval& interval) {
  return interval.requests <= 0 && interval.at_end.users.value_or(0) <= 0;
}

void LocustHistory::trim_idle_ends() {
  while (!intervals_.empty() && idle(intervals_.back())) intervals_.pop_back();
  intervals_.erase(intervals_.begin(),
                   std::find_if_not(intervals_.begin(), intervals_.end(), idle));
}

/// Load that was off, with no users, is no load.
void LocustHistory::leave_out_pauses() {
  constexpr std::int64_t kPause = 30;
  std::vector<Interval> kept;
  for (std::size_t i = 0; i < intervals_.size();) {
    std::size_t next = i;
    while (next < intervals_.size() && idle(intervals_[next])) ++next;
    if (next > i && intervals_[next - 1].end - intervals_[i].begin < kPause)
      kept.insert(kept.end(), intervals_.begin() + i, intervals_.begin() + next);
    if (next < intervals_.size()) kept.push_back(intervals_[next]);
    i = next + 1;
  }
  intervals_ = std::move(kept);
}

void LocustHistory::join_threes() {
  const auto silent = std::count_if(intervals_.begin(), intervals_.end(),
                                    [](const Interval& one) { return one.requests <= 0; });
  if (intervals_.size() < 9 || silent * 5 < std::ssize(intervals_) * 2) return;
  std::vector<Interval> joined;
  for (std::size_t i = 0; i < intervals_.size(); ++i) {
    Interval& from = intervals_[i];
    if (i % 3 == 0) {
      joined.push_back(from);
      continue;
    }
    Interval& to = joined.back();
    to.end = from.end;
    to.requests += from.requests;
    to.failures += from.failures;
    to.latency_sum += from.latency_sum;
    to.at_end = from.at_end;
  }
  intervals_ = std::move(joined);
}

LoadPoint LocustHistory::point_of(const Interval& interval, std::int64_t start) const {
  LoadPoint point;
  point.begin = seconds(interval.begin - start);
  point.length = seconds(interval.end - interval.begin);
  point.requests = interval.requests;
  point.errors = std::min(interval.requests, interval.failures);
  point.users = interval.at_end.users;
  if (interval.requests <= 0) return point;
  // A mean of differences of rounded means may come out below zero.
  if (interval.latency_sum > 0) point.mean_seconds = interval.latency_sum / interval.requests;
  if (!sliding_) return point;
  point.p50_seconds = interval.at_end.p50_seconds;
  point.p95_seconds = interval.at_end.p95_seconds;
  point.p99_seconds = interval.at_end.p99_seconds;
  return point;
}

void LocustHistory::write_to(LoadSeries& series, bool full) {
  if (first_.requests > 0) {
    const std::int64_t step = intervals_.empty() ? 1 : intervals_.front().end - first_.at;
    intervals_.insert(intervals_.begin(),
                      {first_.at - step, first_.at, first_.requests, first_.failures,
                       first_.requests * first_.mean_seconds, first_});
  }
  trim_idle_ends();
  join_threes();
  leave_out_pauses();
  if (intervals_.empty()) return;
  const std::int64_t start = intervals_.front().begin;
  series.start = std::chrono::system_clock::time_point(seconds(start));
  LoadTotals& totals = series.totals;
  double latency_sum = 0, users = 0, with_users = 0, seconds_of_load = 0;
  for (const Interval& interval : intervals_) {
    series.points.push_back(point_of(interval, start));
    totals.requests += interval.requests;
    totals.errors += interval.failures;
    latency_sum += interval.latency_sum;
    const auto length = static_cast<double>(interval.end - interval.begin);
    seconds_of_load += length;
    if (interval.at_end.users) users += *interval.at_end.users * length, with_users += length;
  }
  totals.seconds = seconds_of_load;
  if (with_users > 0) totals.users = users / with_users;
  if (totals.requests > 0) totals.mean_seconds = latency_sum / totals.requests;
  if (resets_ > 0)
    series.warnings.push_back(
        "its counts begin anew during the run, as when Locust is told to reset them");
  if (sliding_) {
    series.warnings.push_back("quantiles of points are Locust's: of the last ten seconds each");
  } else {
    series.warnings.push_back(
        std::string("quantiles in this history count from the start of the run and are left out "
                    "of points") +
        (full ? "" : "; --csv-full-history writes those of the last ten seconds"));
  }
}

}  // namespace tierwatch
