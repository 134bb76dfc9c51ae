// SPDX-License-Identifier: MIT
//
// Latencies counted in buckets whose width grows with the value, so that quantiles of millions of
// requests cost a few kilobytes, and those of many seconds can be added up. Quantiles of quantiles
// mean nothing; merged histograms do.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace tierwatch {

/// Counts of latencies; a quantile read from it is within 1 % of the true one. Exact below 128 ns,
/// then 64 buckets per doubling. Memory follows the range seen: 256 bytes per doubling between the
/// least and the greatest. Not thread-safe.
class LatencyHistogram {
 public:
  /// Counts one, or several of the same; a negative latency counts as none at all, 0.
  void add(std::chrono::nanoseconds latency, std::uint32_t times = 1) {
    const auto value = latency.count() < 0 ? 0u : static_cast<std::uint64_t>(latency.count());
    const unsigned index = bucket_of(value) - first_;
    (index < counts_.size() ? counts_[index] : grown_to(bucket_of(value))) += times;
    sum_ += static_cast<double>(value) * times;
    if (value < min_ || count_ == 0) min_ = value;
    if (value > max_) max_ = value;
    count_ += times;
  }

  /// Adds what another one has counted.
  void merge(const LatencyHistogram& other);

  std::uint64_t count() const { return count_; }
  /// Exact; absent while nothing was counted, as the others are.
  std::optional<double> mean_seconds() const;
  std::optional<double> max_seconds() const;  ///< exact
  /// The least latency that at least `ratio` (0 to 1) of all do not exceed.
  std::optional<double> quantile_seconds(double ratio) const;

 private:
  static constexpr unsigned kLinear = 128;  ///< values below it have a bucket each
  static constexpr unsigned kPerDoubling = 64;

  static unsigned bucket_of(std::uint64_t value) {
    if (value < kLinear) return static_cast<unsigned>(value);
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 7;  // leaves 64 to 127
    return shift * kPerDoubling + static_cast<unsigned>(value >> shift);
  }
  static double middle_of(unsigned bucket);
  std::uint32_t& grown_to(unsigned bucket);

  unsigned first_ = 0;  ///< bucket of counts_[0]
  std::vector<std::uint32_t> counts_;
  std::uint64_t count_ = 0, min_ = 0, max_ = 0;
  double sum_ = 0;
};

}  // namespace tierwatch
