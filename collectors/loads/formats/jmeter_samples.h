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
#include <unordered_map>

#include "collectors/loads/series/request_tally.h"

namespace tierwatch {

/// One sample as written; empty or absent where the file does not tell.
struct JmeterSample {
  std::chrono::nanoseconds begin{}, elapsed{}, idle{};
  std::string_view label, message, thread, data_type, host;
  bool success = true;
  bool timed = true;  ///< false: it has no times of its own, these are of the row before
  std::optional<double> bytes;
  std::optional<double> all_threads;
  /// The row stands for so many samples, whose times are summed up, and so many of them failed.
  std::uint32_t samples = 1, failed_samples = 0;
  /// False: what it is can be told from its columns, and it is no transaction: it has a data type
  /// or an address. One with a message of its own is none either: JMeter gives its transactions
  /// theirs, or none.
  bool may_be_transaction = true;
  /// It is a transaction: its samples were read.
  bool sums_up = false;
};

/// Thrown by add(): more machines wrote into the file than any test has.
struct TooManyInjectors {
  std::size_t most;
};

/// Counts samples, each request once. Left out: what a Transaction Controller sums up, which is
/// known by a sample of the same thread within its time, before or after it in the file, and the
/// sub-results (redirect hops, embedded resources) that JMeter 5 writes below their sample as
/// `label-0`, `label-1`… Where samples of one thread overlap, its name stands for several threads
/// (files that were merged, groups of the same name): then only what JMeter itself calls a
/// transaction is left out. A transaction without its samples in the file is a request. Users are
/// `allThreads`, summed over injectors: 1000 at most, beyond them add() throws TooManyInjectors.
class JmeterSamples {
 public:
  /// Returns null, or why the sample cannot be right.
  const char* add(const JmeterSample& sample);
  /// `sub_results`: how many the reader left out itself.
  void write_to(LoadSeries& series, std::uint64_t sub_results = 0);

 private:
  /// A sample that may have sub-results in rows to come.
  struct Parent {
    std::string label, thread, host;
    std::int64_t begin = 0, end = 0;
    bool same_thread(const JmeterSample& sample) const {
      return thread == sample.thread && host == sample.host;
    }
  };
  /// A row that proves to be a transaction or a request with the next one of its thread.
  struct Pending {
    std::int64_t begin = 0, end = 0;
    RequestRow request;  ///< without its label: that is below
    bool marked = false;
    std::string label;
  };
  bool is_sub_result(const JmeterSample& sample) const;
  bool sums_up_earlier(const JmeterSample& sample, bool marked);
  bool threads_are_shared() const;
  const char* count(const Pending& pending);
  const char* wait(const JmeterSample& sample, const RequestRow& row, bool marked);
  const char* count_pending();
  const std::string& key_of(const JmeterSample& sample);
  const char* settle(const JmeterSample& sample, bool sub_result);
  void remember(const JmeterSample& sample);
  const char* count_request(const JmeterSample& sample, const RequestRow& row);
  const char* see_users(const JmeterSample& sample);

  RequestTally requests_{RequestTally::Users::kSeen};
  RequestTally unplaced_{RequestTally::Users::kNone};  ///< transactions of no known thread
  std::uint64_t overlaps_ = 0;  ///< of samples of one thread, neither within the other
  std::uint64_t transaction_rows_ = 0, transactions_alone_ = 0, sub_results_ = 0;
  std::unordered_map<std::string, Pending> pending_;  ///< by thread and host
  std::string key_;
  std::array<Parent, 256> parents_;                ///< the newest, in turn
  std::array<std::size_t, 256> parent_threads_{};  ///< hashes of theirs, quick to look through
  std::size_t next_parent_ = 0;
  std::unordered_map<std::string, double> injectors_;  ///< threads of each
  std::string last_injector_;
  double* last_threads_ = nullptr;
  double threads_ = 0;  ///< of all injectors
};

}  // namespace tierwatch
