// SPDX-License-Identifier: MIT
#include "collectors/loads/formats/jmeter_samples.h"

#include <algorithm>
#include <functional>

namespace tierwatch {
namespace {

/// "home" of "home-3"; empty if the label does not end so.
std::string_view label_of_parent(std::string_view label) {
  const auto digits = label.find_last_not_of("0123456789");
  if (digits == std::string_view::npos || digits + 1 == label.size() || label[digits] != '-')
    return {};
  return label.substr(0, digits);
}

bool is_marked(const JmeterSample& sample) {
  return sample.data_type.empty() &&
         sample.message.starts_with("Number of samples in transaction : ");
}

/// Injectors of a distributed run put `host:port-` or `10.0.0.7-` before the names of their
/// threads.
std::string_view injector_of(const JmeterSample& sample) {
  if (!sample.host.empty()) return sample.host;
  const auto dash = sample.thread.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view prefix = sample.thread.substr(0, dash);
  const bool is_host = prefix.find_first_of(".:") != std::string_view::npos &&
                       prefix.find(' ') == std::string_view::npos;
  return is_host ? prefix : std::string_view{};
}

/// Starts are in whole milliseconds, and clocks drift.
constexpr std::int64_t kClockSlack = 10'000'000;

/// Each begins before the other ends, and neither is within the other.
bool overlap(std::int64_t begin, std::int64_t end, std::int64_t other_begin,
             std::int64_t other_end) {
  const bool apart = end <= other_begin + kClockSlack || other_end <= begin + kClockSlack;
  const bool nested =
      (begin <= other_begin && other_end <= end) || (other_begin <= begin && end <= other_end);
  return !apart && !nested;
}

std::string counted(std::uint64_t number, std::string_view what) {
  return std::to_string(number) + std::string(what);
}

}  // namespace

bool JmeterSamples::is_sub_result(const JmeterSample& sample) const {
  const std::string_view label = label_of_parent(sample.label);
  if (label.empty()) return false;
  const std::int64_t begin = sample.begin.count(), end = begin + sample.elapsed.count();
  return std::any_of(parents_.begin(), parents_.end(), [&](const Parent& parent) {
    return parent.label == label && parent.same_thread(sample) && begin >= parent.begin &&
           end <= parent.end;
  });
}

/// A thread sends one request after the other: what begins no later than an earlier one of its
/// thread, and lasts no shorter, sums it up. What took no time may stand before anything. The
/// pauses between its samples are not in a transaction's time, and not all files tell them: one
/// that says itself what it is need not enclose its samples.
bool JmeterSamples::sums_up_earlier(const JmeterSample& sample, bool marked) {
  const std::int64_t begin = sample.begin.count(), elapsed = sample.elapsed.count();
  const std::int64_t end = begin + elapsed + sample.idle.count();
  const std::size_t thread = std::hash<std::string_view>{}(sample.thread);
  bool sums_up = false, overlaps = false;
  for (std::size_t i = 0; i < parents_.size(); ++i) {
    if (parent_threads_[i] != thread) continue;
    const Parent& row = parents_[i];
    const std::int64_t took = row.end - row.begin;
    const bool within = marked ? took <= elapsed : took > 0 && row.end <= end;
    if (!row.same_thread(sample)) continue;
    sums_up = sums_up || (within && row.begin >= begin);
    overlaps = overlaps || overlap(begin, begin + elapsed, row.begin, row.end);
  }
  if (!marked && overlaps) ++overlaps_;
  return sums_up && (marked || !threads_are_shared());
}

/// A few may be a clock that was set.
bool JmeterSamples::threads_are_shared() const { return overlaps_ >= 3; }

void JmeterSamples::remember(const JmeterSample& sample) {
  const std::size_t place = next_parent_++ % parents_.size();
  Parent& parent = parents_[place];
  parent_threads_[place] = std::hash<std::string_view>{}(sample.thread);
  parent.label = sample.label;
  parent.thread = sample.thread;
  parent.host = sample.host;
  parent.begin = sample.begin.count();
  parent.end = parent.begin + sample.elapsed.count();
}

const char* JmeterSamples::see_users(const JmeterSample& sample) {
  constexpr std::size_t kMostInjectors = 1000;
  if (!sample.all_threads) return nullptr;
  const std::string_view name = injector_of(sample);
  if (last_threads_ == nullptr || last_injector_ != name) {
    last_injector_ = name;
    const auto known = injectors_.find(last_injector_);
    if (known == injectors_.end() && injectors_.size() == kMostInjectors)
      throw TooManyInjectors{kMostInjectors};
    last_threads_ = &injectors_[last_injector_];
  }
  threads_ += *sample.all_threads - *last_threads_;
  *last_threads_ = *sample.all_threads;
  return requests_.see_users(sample.begin + sample.elapsed, threads_);
}

const char* JmeterSamples::count(const Pending& pending) {
  if (pending.marked) ++transactions_alone_;
  RequestRow row = pending.request;
  row.label = pending.label;
  return requests_.add(row);
}

const std::string& JmeterSamples::key_of(const JmeterSample& sample) {
  key_ = sample.thread;
  if (!sample.host.empty()) (key_ += '\n') += sample.host;
  return key_;
}

/// One for each thread; of more threads than any file has, all have waited long enough.
const char* JmeterSamples::wait(const JmeterSample& sample, const RequestRow& row, bool marked) {
  constexpr std::size_t kMostPending = 4096;
  const char* problem = nullptr;
  if (pending_.size() == kMostPending) problem = count_pending();
  const std::int64_t begin = sample.begin.count();
  Pending& pending = pending_[key_of(sample)];
  pending = {begin, begin + sample.elapsed.count() + sample.idle.count(), row, marked,
             std::string(sample.label)};
  pending.request.label = {};
  return problem;
}

const char* JmeterSamples::count_pending() {
  const char* problem = nullptr;
  for (const auto& [thread, one] : pending_) {
    const char* of_this = count(one);
    if (problem == nullptr) problem = of_this;
  }
  pending_.clear();
  return problem;
}

/// What the thread's next row tells of the one that waits.
const char* JmeterSamples::settle(const JmeterSample& sample, bool sub_result) {
  if (pending_.empty()) return nullptr;
  const auto waiting = pending_.find(key_of(sample));
  if (waiting == pending_.end()) return nullptr;
  const std::int64_t begin = sample.begin.count(), end = begin + sample.elapsed.count();
  const Pending settled = waiting->second;
  pending_.erase(waiting);
  const bool within = end > begin && begin >= settled.begin && end <= settled.end;
  if (within && !sub_result && (settled.marked || !threads_are_shared())) {
    ++transaction_rows_;
    return nullptr;
  }
  return count(settled);
}

const char* JmeterSamples::add(const JmeterSample& sample) {
  const auto each = sample.elapsed / static_cast<int>(std::max(1u, sample.samples));
  const RequestRow row{.begin = sample.begin,
                       .end = sample.begin + each,
                       .failed = !sample.success,
                       .received_bytes = sample.bytes,
                       .timed = sample.timed,
                       .samples = sample.samples,
                       .failed_samples = sample.failed_samples,
                       .label = sample.label};
  const bool marked = is_marked(sample);
  if (sample.thread.empty()) return marked ? unplaced_.add(row) : count_request(sample, row);
  const bool sub_result = !marked && is_sub_result(sample);
  const char* problem = settle(sample, sub_result);
  if (sub_result) {
    ++sub_results_;
    remember(sample);  // a sub-result may have its own
    return problem;
  }
  const bool candidate =
      marked || (sample.may_be_transaction && sample.message.empty()) || sample.sums_up;
  if (sample.sums_up || (candidate && sums_up_earlier(sample, marked))) {
    ++transaction_rows_;
    return problem;
  }
  if (!marked) remember(sample);
  const char* other = candidate ? wait(sample, row, marked) : count_request(sample, row);
  if (candidate && other == nullptr) other = see_users(sample);
  return problem != nullptr ? problem : other;
}

const char* JmeterSamples::count_request(const JmeterSample& sample, const RequestRow& row) {
  if (const char* problem = requests_.add(row)) return problem;
  return see_users(sample);
}

void JmeterSamples::write_to(LoadSeries& series, std::uint64_t sub_results) {
  sub_results_ += sub_results;
  count_pending();
  const std::uint64_t unplaced = unplaced_.requests();
  if (requests_.requests() == 0 && unplaced > 0) {
    transactions_alone_ += unplaced;
    unplaced_.write_to(series, true);
  } else {
    requests_.write_to(series, true);
    if (unplaced > 0)
      series.warnings.push_back(
          counted(unplaced,
                  " rows of transactions are left out; whether their samples are in the file "
                  "cannot be told without the column threadName"));
  }
  if (transactions_alone_ > 0) {
    series.warnings.push_back(counted(transactions_alone_,
                                      " transactions without their samples in the file: each "
                                      "counts as one request"));
  }
  if (threads_are_shared()) {
    series.warnings.push_back(
        "samples of one thread overlap: files were merged, or groups have the same name; what lies "
        "within another sample is counted as a request");
  }
  if (transaction_rows_ > 0) {
    series.warnings.push_back(counted(
        transaction_rows_,
        " rows of transactions are left out: samples of their threads within their time are in the "
        "file, and counted"));
  }
  if (sub_results_ > 0) {
    series.warnings.push_back(
        counted(sub_results_,
                " sub-results (redirects, embedded resources) are left out: what the user waited "
                "for is counted, and the server had more requests than these"));
  }
}

}  // namespace tierwatch
