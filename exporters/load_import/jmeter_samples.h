// SPDX-License-Identifier: MIT
//
// JMeter's samples, from CSV or XML: which of them are requests, and how many users were active.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/load_import/request_tally.h"

namespace tierwatch {

/// One sample as written; empty or absent where the file does not tell.
struct JmeterSample {
  std::chrono::nanoseconds begin{}, elapsed{};
  std::string_view label, message, thread, data_type, host;
  bool success = true;
  std::optional<double> bytes;
  std::optional<double> all_threads;
};

/// Counts samples, each request once. Left out: what a Transaction Controller sums up, and the
/// sub-results (redirect hops, embedded resources) that JMeter 5 writes below their sample as
/// `label-0`, `label-1`… Where a file holds transactions only, they are the requests. Users are
/// `allThreads`, summed over injectors.
class JmeterSamples {
 public:
  /// Returns null, or why the sample cannot be right.
  const char* add(const JmeterSample& sample);
  /// `sub_results`: how many the reader left out itself.
  void write_to(LoadSeries& series, std::uint64_t sub_results = 0);

 private:
  /// A sample that may have sub-results in rows to come.
  struct Parent {
    std::string label, thread;
    std::int64_t begin = 0, end = 0;
  };
  struct Injector {
    std::string name;
    double threads = 0;
  };
  bool is_sub_result(const JmeterSample& sample) const;
  void remember(const JmeterSample& sample);
  const char* see_users(const JmeterSample& sample);

  RequestTally requests_{RequestTally::Users::kSeen};
  RequestTally transactions_{RequestTally::Users::kSeen};
  std::uint64_t transaction_rows_ = 0, sub_results_ = 0;
  std::array<Parent, 256> parents_;  ///< the newest, in turn
  std::size_t next_parent_ = 0;
  std::vector<Injector> injectors_;
  std::size_t last_injector_ = 0;
  double threads_ = 0;  ///< of all injectors
};

}  // namespace tierwatch
