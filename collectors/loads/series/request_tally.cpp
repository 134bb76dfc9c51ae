// SPDX-License-Identifier: MIT
#include "collectors/loads/series/request_tally.h"

#include <algorithm>

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 24 * 3600 * kSecond;
constexpr std::int64_t kFarthest = 4'500'000'000 * kSecond;  // so that differences fit
constexpr std::int64_t kMaxBins = 4 * 3600;
constexpr std::size_t kMostRuns = 16;
constexpr const char* kManyRuns = "more than a day from 16 other runs; cut the file";
constexpr const char* kFar = "its time lies centuries away";
bool is_far(nanoseconds at) { return at.count() > kFarthest || at.count() < -kFarthest; }

std::int64_t floor_divided(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace

void RequestTally::Bin::merge(const Bin& later) {
  requests += later.requests;
  errors += later.errors;
  begun += later.begun;
  dropped += later.dropped;
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
  bin_at(request.begin).begun += samples;
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

const char* RequestTally::see_dropped(nanoseconds at, double requests) {
  if (is_far(at)) return kFar;
  RequestTally* const run = run_of(at);
  if (run == nullptr) return kManyRuns;
  if (run != this) return run->see_dropped(at, requests);
  if (const char* problem = fit(at)) return problem;
  bin_at(at).dropped += requests;
  dropped_ = true;
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

}  // namespace tierwatch
