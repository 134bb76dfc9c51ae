// SPDX-License-Identifier: MIT
#include "exporters/service_state.h"

#include <algorithm>

#include "collectors/seconds.h"
#include "collectors/text/format.h"

namespace tierwatch {
namespace {

std::string seconds_text(nanoseconds time) { return formatted("{:.1f} s", seconds_of(time)); }

}  // namespace

std::string_view to_string(Helper helper) {
  constexpr std::array<std::string_view, kHelpers> kNames = {"sampler", "recorder", "http"};
  return kNames[static_cast<std::size_t>(helper)];
}

void ServiceState::expect_samples(nanoseconds interval, nanoseconds now,
                                  std::size_t late_intervals) {
  const std::lock_guard lock(mutex_);
  late_intervals_ = late_intervals;
  interval_ = interval;
  expected_since_ = now;
}

std::optional<std::string> ServiceState::sampler_problem(const Snapshot* newest,
                                                         nanoseconds now) const {
  const std::lock_guard lock(mutex_);
  if (interval_ == nanoseconds{}) return std::nullopt;
  const nanoseconds limit =
      std::max(static_cast<long>(late_intervals_) * interval_, kLeastPatience);
  // After a reload with a shorter interval the newest sample may be old and yet not late.
  const nanoseconds taken = newest ? newest->at.monotonic : expected_since_;
  if (now - std::max(taken, expected_since_) <= limit) return std::nullopt;
  const std::string age = seconds_text(now - taken);
  const std::string allowed = seconds_text(limit) + " at an interval of " + seconds_text(interval_);
  if (!newest)
    return "No sample has been taken for " + age + ", and " + allowed +
           " is the most: the sampler hangs.";
  return "The newest sample is " + age + " old, and " + allowed +
         " is the most: the sampler hangs.";
}

void ServiceState::config_loaded(std::chrono::system_clock::time_point at) {
  const std::lock_guard lock(mutex_);
  config_ = ConfigReload{.successful = true, .succeeded_at = at};
}

void ServiceState::config_refused() {
  const std::lock_guard lock(mutex_);
  if (config_) config_->successful = false;
}

std::optional<ConfigReload> ServiceState::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

void ServiceState::count(Helper helper) {
  const std::lock_guard lock(mutex_);
  ++faults_[static_cast<std::size_t>(helper)];
}

void ServiceState::fault(Helper helper, std::string_view what, nanoseconds now) {
  const auto index = static_cast<std::size_t>(helper);
  {
    const std::lock_guard lock(mutex_);
    ++faults_[index];
    if (said_at_[index] && now - *said_at_[index] < kQuiet) return;
    said_at_[index] = now;
  }
  if (!tell_) return;
  tell_("fault in the " + std::string(to_string(helper)) + ": " + std::string(what) +
        "; counted in tierwatch_helper_faults_total");
}

std::array<std::uint64_t, kHelpers> ServiceState::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void ServiceState::choose_metrics(MetricChoice choice) {
  const std::lock_guard lock(mutex_);
  choice_ = choice;
}

MetricChoice ServiceState::metric_choice() const {
  const std::lock_guard lock(mutex_);
  return choice_;
}

WebEvents ServiceState::web_events() {
  return {.answered =
              [this](std::string_view handler, int status) {
                const std::lock_guard lock(mutex_);
                ++requests_[{std::string(handler), status}];
              },
          .refused =
              [this](AuthFailure failure) {
                const std::lock_guard lock(mutex_);
                ++auth_failures_[static_cast<std::size_t>(failure)];
              }};
}

RequestCounts ServiceState::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::array<std::uint64_t, kAuthFailures> ServiceState::auth_failures() const {
  const std::lock_guard lock(mutex_);
  return auth_failures_;
}

bool ServiceState::is_guarded() const {
  const std::lock_guard lock(mutex_);
  return guarded_;
}

void ServiceState::serve_certificate(std::optional<std::chrono::system_clock::time_point> expires,
                                     bool guarded) {
  const std::lock_guard lock(mutex_);
  guarded_ = guarded;
  certificate_expires_ = expires;
}

std::optional<std::chrono::system_clock::time_point> ServiceState::certificate_expires() const {
  const std::lock_guard lock(mutex_);
  return certificate_expires_;
}

void ServiceState::read_processes_by(SourceStanding source) {
  const std::lock_guard lock(mutex_);
  process_source_ = std::move(source);
}

std::optional<SourceStanding> ServiceState::process_source() const {
  const std::lock_guard lock(mutex_);
  return process_source_;
}

void ServiceState::use_passed_sockets(bool passed) {
  const std::lock_guard lock(mutex_);
  passed_sockets_ = passed;
}

bool ServiceState::uses_passed_sockets() const {
  const std::lock_guard lock(mutex_);
  return passed_sockets_;
}

void ServiceState::keep_history(std::optional<HistoryStanding> standing) {
  const std::lock_guard lock(mutex_);
  history_ = standing;
}

std::optional<HistoryStanding> ServiceState::history() const {
  const std::lock_guard lock(mutex_);
  return history_;
}

void ServiceState::push(std::optional<PushStanding> standing) {
  const std::lock_guard lock(mutex_);
  push_ = standing;
}

std::optional<PushStanding> ServiceState::pushed() const {
  const std::lock_guard lock(mutex_);
  return push_;
}

}  // namespace tierwatch
