// SPDX-License-Identifier: MIT
//
// Requests by what the load generator called them: JMeter's labels, Locust's and Gatling's names,
// k6's groups and names. Bounded, however many there are: a file may have a label for each request.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "collectors/loads/load_series.h"
#include "collectors/loads/series/latency_histogram.h"

namespace tierwatch {

/// A label is counted whole or not at all: one that had to make room stays among the others, even
/// if it comes again. Memory: 400 labels of 96 stretches of time at most, some 20 MB. Not
/// thread-safe.
class LabelTally {
 public:
  static constexpr std::size_t kMostLabels = 400, kKeptLabels = 200, kWrittenLabels = 50;
  static constexpr std::int64_t kMostBins = 96;
  static constexpr std::size_t kLongestLabel = 300;  ///< bytes; what is longer is cut
  static constexpr std::size_t kMostKnownOthers = 100'000;

  struct Request {
    std::chrono::nanoseconds end{}, latency{};
    bool timed = true;
    std::uint32_t samples = 1, failed = 0;
  };
  /// A request without a label is not counted here.
  void add(std::string_view label, const Request& request);
  bool empty() const { return labels_.empty() && others_.requests == 0; }

  /// The labels with most requests, times since `start`; what is left as LoadSeries::other_labels.
  /// Nothing where all requests have one label: that says no more than the totals. `with_quantiles`
  /// is false where rows stand for several requests each.
  void write_to(LoadSeries& series, std::chrono::nanoseconds start, bool with_quantiles) const;

 private:
  struct Bin {
    double requests = 0, errors = 0;
    LatencyHistogram latency;
    void merge(const Bin& other);
  };
  struct Counts {
    std::uint64_t requests = 0;
    std::map<std::int64_t, Bin> bins;  ///< by index of `width_`
    void merge(const Counts& other);
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  Counts& counts_of(std::string_view label);
  void make_room();
  void fit(std::int64_t index);
  void widen();
  LoadLabel written(std::string name, const Counts& counts, std::chrono::nanoseconds start,
                    bool with_quantiles) const;

  std::unordered_map<std::string, Counts, TextHash, std::equal_to<>> labels_;
  Counts others_;
  std::unordered_set<std::size_t> other_labels_;  ///< hashes of those that are counted there
  bool more_labels_ = false;                      ///< than other_labels_ knows
  std::int64_t width_ = 1'000'000'000;            ///< of a bin, ns
  std::int64_t first_ = 0, last_ = -1;            ///< bins in use
};

}  // namespace tierwatch
