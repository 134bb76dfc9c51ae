// SPDX-License-Identifier: MIT
#include "exporters/load_import/jmeter_samples.h"

#include <algorithm>

namespace tierwatch {
namespace {

/// "home" of "home-3"; empty if the label does not end so.
std::string_view label_of_parent(std::string_view label) {
  const auto digits = label.find_last_not_of("0123456789");
  if (digits == std::string_view::npos || digits + 1 == label.size() || label[digits] != '-')
    return {};
  return label.substr(0, digits);
}

bool is_transaction(const JmeterSample& sample) {
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

std::string counted(std::uint64_t number, std::string_view what) {
  return std::to_string(number) + std::string(what);
}

}  // namespace

bool JmeterSamples::is_sub_result(const JmeterSample& sample) const {
  const std::string_view label = label_of_parent(sample.label);
  if (label.empty()) return false;
  const std::int64_t begin = sample.begin.count(), end = begin + sample.elapsed.count();
  return std::any_of(parents_.begin(), parents_.end(), [&](const Parent& parent) {
    return parent.label == label && parent.thread == sample.thread && begin >= parent.begin &&
           end <= parent.end;
  });
}

void JmeterSamples::remember(const JmeterSample& sample) {
  Parent& parent = parents_[next_parent_++ % parents_.size()];
  parent.label = sample.label;
  parent.thread = sample.thread;
  parent.begin = sample.begin.count();
  parent.end = parent.begin + sample.elapsed.count();
}

const char* JmeterSamples::see_users(const JmeterSample& sample) {
  if (!sample.all_threads) return nullptr;
  const std::string_view name = injector_of(sample);
  if (last_injector_ >= injectors_.size() || injectors_[last_injector_].name != name) {
    const auto known = std::find_if(injectors_.begin(), injectors_.end(),
                                    [&](const Injector& one) { return one.name == name; });
    last_injector_ = static_cast<std::size_t>(known - injectors_.begin());
    if (known == injectors_.end()) injectors_.push_back({std::string(name), 0});
  }
  Injector& injector = injectors_[last_injector_];
  threads_ += *sample.all_threads - injector.threads;
  injector.threads = *sample.all_threads;
  return requests_.see_users(sample.begin + sample.elapsed, threads_);
}

const char* JmeterSamples::add(const JmeterSample& sample) {
  const RequestRow row{sample.begin, sample.begin + sample.elapsed, !sample.success, sample.bytes};
  if (is_transaction(sample)) {
    ++transaction_rows_;
    return transactions_.add(row);
  }
  const bool sub_result = is_sub_result(sample);
  remember(sample);  // a sub-result may have its own
  if (sub_result) {
    ++sub_results_;
    return nullptr;
  }
  if (const char* problem = requests_.add(row)) return problem;
  return see_users(sample);
}

void JmeterSamples::write_to(LoadSeries& series, std::uint64_t sub_results) {
  sub_results_ += sub_results;
  if (requests_.requests() == 0 && transaction_rows_ > 0) {
    transactions_.write_to(series, true);
    series.warnings.push_back(
        "the file holds transactions without their samples: each transaction counts as one "
        "request");
    return;
  }
  requests_.write_to(series, true);
  if (transaction_rows_ > 0) {
    series.warnings.push_back(counted(
        transaction_rows_, " rows of transactions are left out: their samples are counted"));
  }
  if (sub_results_ > 0) {
    series.warnings.push_back(
        counted(sub_results_,
                " sub-results (redirects, embedded resources) are left out: what the user waited "
                "for is counted, and the server had more requests than these"));
  }
}

}  // namespace tierwatch
