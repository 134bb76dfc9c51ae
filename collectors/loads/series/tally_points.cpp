// SPDX-License-Identifier: MIT
//
// What a RequestTally has counted, as points and totals.
#include <algorithm>
#include <iterator>

#include "collectors/loads/joined_labels.h"
#include "collectors/loads/series/request_tally.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kLeastPause = 30'000'000'000;  // ns
constexpr std::int64_t kTimesUsual = 10;  // a pause is so many times the usual idle stretch
constexpr double kLeastOfRun = 10;        // requests
constexpr double kLeastShare = 0.01;      // of the largest run

double seconds_of_ns(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

LoadPoint point_of(std::int64_t begin, std::int64_t end, double requests, double errors,
                   const LatencyHistogram& latency) {
  LoadPoint point;
  point.begin = nanoseconds(begin);
  point.length = nanoseconds(std::max<std::int64_t>(1, end - begin));
  point.requests = requests;
  point.errors = errors;
  point.mean_seconds = latency.mean_seconds();
  point.p50_seconds = latency.quantile_seconds(0.50);
  point.p95_seconds = latency.quantile_seconds(0.95);
  point.p99_seconds = latency.quantile_seconds(0.99);
  return point;
}

void write_latency(const LatencyHistogram& latency, LoadTotals& totals) {
  totals.mean_seconds = latency.mean_seconds();
  totals.p50_seconds = latency.quantile_seconds(0.50);
  totals.p90_seconds = latency.quantile_seconds(0.90);
  totals.p95_seconds = latency.quantile_seconds(0.95);
  totals.p99_seconds = latency.quantile_seconds(0.99);
  totals.max_seconds = latency.max_seconds();
}

/// The mean over time; absent when no point tells users.
std::optional<double> mean_users(const std::vector<LoadPoint>& points) {
  double area = 0, length = 0;
  for (const LoadPoint& point : points) {
    if (!point.users) continue;
    area += *point.users * static_cast<double>(point.length.count());
    length += static_cast<double>(point.length.count());
  }
  return length > 0 ? std::optional(area / length) : std::nullopt;
}

}  // namespace

/// The bins within the edges. One of less than half a width at an edge joins its neighbour: its
/// rate would be mostly chance.
std::vector<RequestTally::Slice> RequestTally::slices() {
  std::vector<Slice> all;
  std::int64_t level = 0;
  for (std::int64_t i = 0; i < std::ssize(bins_); ++i) {
    Bin& bin = bins_[i];
    const double area =
        static_cast<double>(level) * static_cast<double>(width_) + static_cast<double>(bin.area);
    level += bin.change;
    const std::int64_t at = (first_ + i) * width_;
    if (at + width_ <= begin_.count() || at > end_.count()) continue;
    all.push_back(
        {std::max(at, begin_.count()), std::min(at + width_, end_.count()), std::move(bin), area});
  }
  leave_out_pauses(all);
  const auto is_sliver = [&](const Slice& slice) { return slice.end - slice.begin < width_ / 2; };
  const auto join = [](Slice& into, const Slice& later) {
    into.end = later.end;
    into.bin.merge(later.bin);
    into.level_area += later.level_area;
  };
  const auto beside = [](const Slice& a, const Slice& b) { return a.end == b.begin; };
  if (all.size() > 1 && is_sliver(all.back()) && beside(all[all.size() - 2], all.back())) {
    join(all[all.size() - 2], all.back());
    all.pop_back();
  }
  if (all.size() > 1 && is_sliver(all.front()) && beside(all[0], all[1])) {
    join(all[0], all[1]);
    all.erase(all.begin() + 1);
  }
  return all;
}

/// Load that was off is no load: of a file to which a second run was appended, the time between.
void RequestTally::leave_out_pauses(std::vector<Slice>& slices) const {
  std::vector<std::int64_t> idle;  // before each busy slice but the first
  std::int64_t end = 0;
  for (const Slice& slice : slices) {
    if (slice.idle()) continue;
    if (end != 0) idle.push_back(slice.begin - end);
    end = slice.end;
  }
  if (idle.empty()) return;
  const auto middle = idle.begin() + std::ssize(idle) / 2;
  std::nth_element(idle.begin(), middle, idle.end());
  const std::int64_t pause = std::max(kLeastPause, kTimesUsual * *middle);
  std::vector<Slice> kept;
  for (std::size_t i = 0; i < slices.size();) {
    std::size_t next = i;
    while (next < slices.size() && slices[next].idle()) ++next;
    const bool paused = next > i && slices[next - 1].end - slices[i].begin >= pause;
    if (!paused) std::move(slices.begin() + i, slices.begin() + next, std::back_inserter(kept));
    if (next == slices.size()) break;
    kept.push_back(std::move(slices[next]));
    kept.back().after_pause = paused;
    i = next + 1;
  }
  slices = std::move(kept);
}

void RequestTally::look_ahead(std::vector<Slice>& slices) {
  std::optional<double> told;
  for (std::size_t i = slices.size(); i-- > 0;) {
    const Bin& bin = slices[i].bin;
    if (bin.users_seen > 0) told = bin.users_sum / bin.users_seen;
    slices[i].users_to_come = told;
    if (slices[i].after_pause) told.reset();
  }
}

/// When requests began, and how many were there; of means of several, neither is known.
void RequestTally::set_sending(const Slice& slice, LoadPoint& point) const {
  if (dropped_) point.dropped = slice.bin.dropped;
  if (grouped_) return;
  point.started = slice.bin.begun;
  if (users_ == Users::kSteps) return;
  const auto length = static_cast<double>(std::max<std::int64_t>(1, slice.end - slice.begin));
  point.under_way = slice.level_area / length;
}

std::optional<double> RequestTally::users_of(const Slice& slice) {
  const double level =
      slice.level_area / static_cast<double>(std::max<std::int64_t>(1, slice.end - slice.begin));
  switch (users_) {
    case Users::kNone:
      return std::nullopt;
    case Users::kSeen:
      if (slice.after_pause) last_users_.reset();
      if (slice.bin.users_seen > 0) last_users_ = slice.bin.users_sum / slice.bin.users_seen;
      if (!last_users_ && slice.users_to_come) return std::min(level, *slice.users_to_come);
      return last_users_;
    case Users::kSteps:
    case Users::kInFlight:
      return level;
  }
  return std::nullopt;
}

void RequestTally::write_run(LoadSeries& series) {
  LatencyHistogram latency;
  std::int64_t length = 0;
  std::vector<Slice> all = slices();
  look_ahead(all);
  for (Slice& slice : all) {
    const Bin& bin = slice.bin;
    LoadPoint point = point_of(slice.begin - begin_.count(), slice.end - begin_.count(),
                               bin.requests, bin.errors, bin.latency);
    point.users = users_of(slice);
    set_sending(slice, point);
    if (grouped_) point.p50_seconds = point.p95_seconds = point.p99_seconds = std::nullopt;
    length += point.length.count();
    if (bin.has_bytes) point.received_bytes = bin.bytes;
    series.totals.errors += bin.errors;
    if (dropped_) series.totals.dropped = series.totals.dropped.value_or(0) + bin.dropped;
    latency.merge(bin.latency);
    series.points.push_back(point);
  }
  labels_.write_to(series, begin_, !grouped_);
  series.totals.requests = static_cast<double>(requests_);
  series.totals.seconds = seconds_of_ns(length);
  series.totals.users = mean_users(series.points);
  write_latency(latency, series.totals);
  if (grouped_) {  // of means, quantiles tell nothing
    LoadTotals& totals = series.totals;
    totals.p50_seconds = totals.p90_seconds = totals.p95_seconds = totals.p99_seconds =
        totals.max_seconds = std::nullopt;
    series.warnings.push_back(
        "rows stand for several requests each: of latency, only the mean is known");
  }
}

/// By their begin, without what is too little to be a run, or lies within another.
std::vector<RequestTally*> RequestTally::runs_in_order(LoadSeries& series) {
  std::vector<RequestTally*> all = {this};
  for (RequestTally& one : far_) all.push_back(&one);
  std::erase_if(all, [](const RequestTally* one) { return one->requests_ == 0; });
  const auto more = [](const RequestTally* a, const RequestTally* b) {
    return a->requests_ > b->requests_;
  };
  std::stable_sort(all.begin(), all.end(), more);
  std::vector<RequestTally*> runs;
  std::uint64_t left_out = 0;
  for (RequestTally* one : all) {
    const auto requests = static_cast<double>(one->requests_);
    const bool is_run =
        runs.empty() || (requests >= kLeastOfRun &&
                         requests >= kLeastShare * static_cast<double>(runs.front()->requests_));
    const bool apart = std::none_of(runs.begin(), runs.end(), [&](const RequestTally* other) {
      return one->begin_ <= other->end_ && other->begin_ <= one->end_;
    });
    if (is_run && apart)
      runs.push_back(one);
    else
      left_out += one->requests_;
  }
  if (left_out > 0) {
    series.warnings.push_back(std::to_string(left_out) +
                              " rows lie more than a day from the others and are left out");
  }
  std::sort(runs.begin(), runs.end(),
            [](const RequestTally* a, const RequestTally* b) { return a->begin_ < b->begin_; });
  return runs;
}

void RequestTally::write_to(LoadSeries& series, bool absolute) {
  const std::vector<RequestTally*> runs = runs_in_order(series);
  const nanoseconds begin = runs.empty() ? begin_ : runs.front()->begin_;
  if (runs.empty()) write_run(series);
  double latency = 0;
  for (RequestTally* run : runs) {
    LoadSeries part;
    const nanoseconds after = run->begin_ - begin;
    run->write_run(part);
    for (LoadPoint& point : part.points) {
      point.begin += after;
      series.points.push_back(point);
    }
    add_labels(part, after, series);
    series.warnings.insert(series.warnings.end(), part.warnings.begin(), part.warnings.end());
    latency += part.totals.mean_seconds.value_or(0) * part.totals.requests;
    if (runs.size() == 1) {
      series.totals = part.totals;
      continue;
    }
    series.totals.requests += part.totals.requests;
    series.totals.errors += part.totals.errors;
    if (part.totals.dropped)
      series.totals.dropped = series.totals.dropped.value_or(0) + *part.totals.dropped;
    series.totals.seconds += part.totals.seconds;
  }
  if (runs.size() > 1) {  // quantiles of all together would be of no run
    series.totals.users = mean_users(series.points);
    if (latency > 0) series.totals.mean_seconds = latency / series.totals.requests;
  }
  if (absolute) {
    series.start = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(begin));
  }
}

}  // namespace tierwatch
