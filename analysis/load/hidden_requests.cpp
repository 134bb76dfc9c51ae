// SPDX-License-Identifier: MIT
#include "analysis/load/hidden_requests.h"

#include <algorithm>
#include <vector>

#include "collectors/seconds.h"

namespace tierwatch {
namespace {

constexpr double kStalled = 0.8;    ///< of the requests that were due: fewer were sent
constexpr double kCaughtUp = 1.05;  ///< more were sent
constexpr double kSlowest = 0.01;   ///< what lies beyond the 99th percentile

/// Requests that were not sent, whose waits lie evenly between two bounds.
struct MissingRequests {
  double requests = 0, least_seconds = 0, most_seconds = 0;
  double in_seconds = 0;  ///< in which they were due
  double waiting_longer_than(double seconds) const {
    if (least_seconds > seconds) return requests;
    if (most_seconds <= seconds) return 0;
    return requests * (most_seconds - seconds) / (most_seconds - least_seconds);
  }
};

/// Of what was missing in the first of them: until something ended its users waited, and who waits
/// for an answer that takes so long misses requests up to the last one before it.
MissingRequests missing_in(std::span<const LoadPoint> points, double requests,
                           double pace_seconds) {
  MissingRequests missing{.requests = requests, .in_seconds = seconds_of(points.front().length)};
  const std::chrono::nanoseconds end = points.front().begin + points.front().length;
  for (const LoadPoint& point : points) {
    if (point.requests <= 0) continue;
    missing.least_seconds = std::max(0.0, seconds_of(point.begin - end));
    missing.most_seconds =
        std::max(missing.least_seconds, point.mean_seconds.value_or(0) - pace_seconds);
    break;
  }
  return missing;
}

double begun_in(const LoadPoint& point) { return point.started.value_or(point.requests); }

/// They were late, and sent after all.
void take_back(double requests, std::vector<MissingRequests>& missing) {
  while (requests > 0 && !missing.empty()) {
    MissingRequests& last = missing.back();
    const double taken = std::min(requests, last.requests);
    last.requests -= taken;
    requests -= taken;
    if (last.requests <= 0) missing.pop_back();
  }
}

/// The wait that `count` of them exceed.
std::optional<double> wait_exceeded_by(double count, std::span<const MissingRequests> missing) {
  const auto longer = [&](double seconds) {
    double requests = 0;
    for (const MissingRequests& one : missing) requests += one.waiting_longer_than(seconds);
    return requests;
  };
  double low = 0, high = 0;
  for (const MissingRequests& one : missing) high = std::max(high, one.most_seconds);
  if (longer(0) <= count) return std::nullopt;
  for (int halving = 0; halving < 50; ++halving) {
    const double middle = (low + high) / 2;
    (longer(middle) > count ? low : high) = middle;
  }
  return low;
}

}  // namespace

HiddenRequests find_hidden(std::span<const LoadPoint> points, double pace_seconds,
                           std::optional<double> due_per_second) {
  HiddenRequests hidden;
  if (pace_seconds <= 0) return hidden;
  const auto due_in = [&](const LoadPoint& point) {
    return seconds_of(point.length) *
           due_per_second.value_or(point.users.value_or(0) / pace_seconds);
  };
  const auto is_kept = [&](const LoadPoint& point) {
    return begun_in(point) > 0 && begun_in(point) >= kStalled * due_in(point);
  };
  // What is slow at the begin or the end comes and goes.
  const auto first = std::ranges::find_if(points, is_kept);
  const auto last = std::ranges::find_if(points.rbegin(), points.rend(), is_kept).base();
  std::vector<MissingRequests> missing;
  double sent = 0;
  for (auto point = first; point < last; ++point) {
    const double begun = begun_in(*point), due = due_in(*point);
    sent += begun;
    if (begun > kCaughtUp * due) take_back(begun - due, missing);
    if (begun < kStalled * due)
      missing.push_back(missing_in({point, points.end()}, due - begun, pace_seconds));
  }
  for (const MissingRequests& one : missing) {
    hidden.requests += one.requests;
    hidden.stalled_seconds += one.in_seconds;
  }
  if (hidden.requests <= 0) return {};
  hidden.ratio = hidden.requests / (hidden.requests + sent);
  hidden.p99_seconds = wait_exceeded_by(kSlowest * (hidden.requests + sent), missing);
  return hidden;
}

}  // namespace tierwatch
