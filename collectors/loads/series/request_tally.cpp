// SPDX-License-Identifier: MIT
#include "collectors/loads/series/request_tally.h"

#include <algorithm>
#include <iterator>

#include "collectors/loads/joined_labels.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 24 * 3600 * kSecond;
constexpr std::int64_t kFarthest = 4'500'000'000 * kSecond;  // so that differences fit
constexpr std::int64_t kMaxBins = 4 * 3600;
constexpr std::int64_t kLeastPause = 30 * kSecond;
constexpr std::int64_t kTimesUsual = 10;  // a pause is so many times the usual idle stretch

constexpr std::size_t kMostRuns = 16;
constexpr double kLeastOfRun = 10;    // requests
constexpr double kLeastShare = 0.01;  // of the largest run
constexpr const char* kManyRuns = "more than a day from 16 other runs; cut the file";
constexpr const char* kFar = "its time lies centuries away";
bool is_far(nanoseconds at) { return at.count() > kFarthest || at.count() < -kFarthest; }

std::int64_t floor_divided(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

double seconds(std::int64_t ns) { return static_cast<double>(ns) / 1e9; }

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

void RequestTally::Bin::merge(const Bin& later) {
  requests += later.requests;
  errors += later.errors;
  bytes += later.bytes;
  has_bytes |= later.has_bytes;
  latency.merge(later.latency);
  users_sum += later.users_sum;
  users_seen += later.users_seen;
}

std::int64_t RequestTally::index_of(nanoseconds at) const {
  return floor_divided(at.count(), width_);
}

bool RequestTally::is_near(nanoseconds at) const {
  const std::int64_t low = first_ * width_, high = (first_ + std::ssize(bins_)) * width_;
  return bins_.empty() || (at.count() >= low - kDay && at.count() <= high + kDay);
}

/// Who counts that time; null: there are too many runs already.
RequestTally* RequestTally::run_of(nanoseconds at) {
  if (is_near(at)) return this;
  for (RequestTally& one : far_)
    if (one.is_near(at)) return &one;
  return far_.size() < kMostRuns - 1 ? &far_.emplace_back(users_) : nullptr;
}

/// Makes room for a bin at that time.
const char* RequestTally::fit(nanoseconds at) {
  if (is_far(at)) return kFar;
  std::int64_t index = index_of(at);
  if (bins_.empty()) first_ = index;
  if (index >= first_ && index < first_ + std::ssize(bins_)) return nullptr;
  while (std::max(index + 1, first_ + std::ssize(bins_)) - std::min(index, first_) > kMaxBins) {
    widen_bins();
    index = index_of(at);
  }
  for (; first_ > index; --first_) bins_.emplace_front();
  while (first_ + std::ssize(bins_) <= index) bins_.emplace_back();
  return nullptr;
}

void RequestTally::widen_bins() {
  std::deque<Bin> wide;
  const std::int64_t wide_first = floor_divided(first_, 2);
  for (std::int64_t i = 0; i < std::ssize(bins_); ++i) {
    const bool second_half = (first_ + i) % 2 != 0;
    if (!second_half || wide.empty()) wide.emplace_back();
    Bin& from = bins_[i];
    Bin& to = wide.back();
    to.merge(from);
    to.area += from.area +
               (second_half ? 0 : static_cast<double>(from.change) * static_cast<double>(width_));
    to.change += from.change;
    from = {};
  }
  bins_ = std::move(wide);
  first_ = wide_first;
  width_ *= 2;
}

void RequestTally::step(nanoseconds at, int by) {
  Bin& bin = bin_at(at);
  bin.change += by;
  bin.area +=
      static_cast<double>(by) * static_cast<double>((index_of(at) + 1) * width_ - at.count());
}

const char* RequestTally::add(const RequestRow& request) {
  if (is_far(request.begin) || is_far(request.end)) return kFar;
  if (request.end < request.begin) return "it ends before it begins";
  if (request.end - request.begin > nanoseconds(kDay)) return "it takes more than a day";
  RequestTally* const run = run_of(request.end);
  if (run == nullptr) return kManyRuns;
  if (run != this) return run->add(request);
  if (const char* problem = fit(request.end)) return problem;
  if (const char* problem = fit(request.begin)) return problem;
  const auto samples = static_cast<int>(request.samples);
  if (users_ != Users::kSteps) {
    step(request.begin, samples);
    step(request.end, -samples);
  }
  Bin& bin = bin_at(request.end);
  bin.requests += samples;
  const bool grouped = request.samples > 1;
  const std::uint32_t failed = grouped ? request.failed_samples : request.failed;
  grouped_ |= grouped;
  bin.errors += failed;
  if (request.received_bytes) {
    bin.bytes += *request.received_bytes;
    bin.has_bytes = true;
  }
  if (request.timed) bin.latency.add(request.end - request.begin, request.samples);
  labels_.add(request.label,
              {request.end, request.end - request.begin, request.timed, request.samples, failed});
  begin_ = requests_ == 0 ? request.begin : std::min(begin_, request.begin);
  end_ = requests_ == 0 ? request.end : std::max(end_, request.end);
  requests_ += request.samples;
  return nullptr;
}

const char* RequestTally::see_users(nanoseconds at, double users) {
  if (is_far(at)) return kFar;
  RequestTally* const run = run_of(at);
  if (run == nullptr) return kManyRuns;
  if (run != this) return run->see_users(at, users);
  if (const char* problem = fit(at)) return problem;
  Bin& bin = bin_at(at);
  bin.users_sum += users;
  ++bin.users_seen;
  return nullptr;
}

const char* RequestTally::step_users(nanoseconds at, int by) {
  if (is_far(at)) return kFar;
  RequestTally* const run = run_of(at);
  if (run == nullptr) return kManyRuns;
  if (run != this) return run->step_users(at, by);
  if (const char* problem = fit(at)) return problem;
  step(at, by);
  return nullptr;
}

bool RequestTally::estimate_edges() {
  for (RequestTally& one : far_) one.estimate_edges();
  if (requests_ == 0) return false;
  const std::int64_t from = index_of(begin_), to = index_of(end_);
  begin_ = nanoseconds(from * width_);
  end_ = nanoseconds((to + 1) * width_);
  std::vector<double> between;
  for (std::int64_t i = from + 1; i < to; ++i) between.push_back(bins_[i - first_].requests);
  if (between.empty()) return false;
  std::nth_element(between.begin(), between.begin() + std::ssize(between) / 2, between.end());
  const double usual = std::max(1.0, between[between.size() / 2]);
  const auto share = [&](std::int64_t index) {
    return std::clamp(bins_[index - first_].requests / usual, 0.01, 1.0) *
           static_cast<double>(width_);
  };
  begin_ = nanoseconds((from + 1) * width_ - static_cast<std::int64_t>(share(from)));
  end_ = nanoseconds(to * width_ + static_cast<std::int64_t>(share(to)));
  return true;
}

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
    if (grouped_) point.p50_seconds = point.p95_seconds = point.p99_seconds = std::nullopt;
    length += point.length.count();
    if (bin.has_bytes) point.received_bytes = bin.bytes;
    series.totals.errors += bin.errors;
    latency.merge(bin.latency);
    series.points.push_back(point);
  }
  labels_.write_to(series, begin_, !grouped_);
  series.totals.requests = static_cast<double>(requests_);
  series.totals.seconds = seconds(length);
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
