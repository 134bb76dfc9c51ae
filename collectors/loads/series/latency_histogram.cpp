// SPDX-License-Identifier: MIT
#include "collectors/loads/series/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace tierwatch {

namespace {
constexpr double kNanosecond = 1e-9;
}

double LatencyHistogram::middle_of(unsigned bucket) {
  if (bucket < kLinear) return bucket;
  const unsigned shift = bucket / kPerDoubling - 1;
  const auto low = static_cast<std::uint64_t>(bucket - shift * kPerDoubling) << shift;
  const auto width = std::uint64_t{1} << shift;
  return static_cast<double>(low) + static_cast<double>(width - 1) / 2;
}

std::uint32_t& LatencyHistogram::grown_to(unsigned bucket) {
  if (counts_.empty()) first_ = bucket;
  if (bucket < first_) {
    counts_.insert(counts_.begin(), first_ - bucket, 0);
    first_ = bucket;
  }
  if (bucket - first_ >= counts_.size()) counts_.resize(bucket - first_ + 1);
  return counts_[bucket - first_];
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  if (other.count_ == 0) return;
  grown_to(other.first_);
  grown_to(other.first_ + static_cast<unsigned>(other.counts_.size()) - 1);
  for (std::size_t i = 0; i < other.counts_.size(); ++i)
    counts_[other.first_ - first_ + i] += other.counts_[i];
  min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  count_ += other.count_;
  sum_ += other.sum_;
}

std::optional<double> LatencyHistogram::mean_seconds() const {
  if (count_ == 0) return std::nullopt;
  return sum_ / static_cast<double>(count_) * kNanosecond;
}

std::optional<double> LatencyHistogram::max_seconds() const {
  if (count_ == 0) return std::nullopt;
  return static_cast<double>(max_) * kNanosecond;
}

std::optional<double> LatencyHistogram::quantile_seconds(double ratio) const {
  if (count_ == 0) return std::nullopt;
  const double wanted = std::max(1.0, std::ceil(ratio * static_cast<double>(count_)));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    if (static_cast<double>(below) < wanted) continue;
    const double value = middle_of(first_ + static_cast<unsigned>(i));
    return std::clamp(value, static_cast<double>(min_), static_cast<double>(max_)) * kNanosecond;
  }
  return max_seconds();
}

}  // namespace tierwatch
