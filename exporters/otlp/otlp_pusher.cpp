// SPDX-License-Identifier: MIT
#include "exporters/otlp/otlp_pusher.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "exporters/http/http_fetcher.h"
#include "exporters/http/http_text.h"
#include "exporters/http/signals_blocked.h"
#include "exporters/prometheus/metric_sources.h"

namespace tierwatch {
namespace {

/// Samples that wait for their JSON: a request never takes longer than the interval.
constexpr std::size_t kMostFresh = 4;
constexpr std::chrono::milliseconds kLongestWait = std::chrono::minutes(1);

HttpFetcherOptions fetcher_options(const OtlpPushOptions& options) {
  const auto timeout = std::min(options.timeout, options.interval);
  return {.base_url = options.url,
          .ca_file = options.ca_file,
          .anonymous = true,
          .connect_timeout = timeout,
          .timeout = timeout};
}

std::string no_answer(const Fetched& answer) {
  if (answer.status == 0) return answer.problem;
  const std::string first_line =
      answer.body.substr(0, std::min<std::size_t>(answer.body.find_first_of("\r\n"), 200));
  return "status " + std::to_string(answer.status) +
         (first_line.empty() ? "" : " (" + label_text(first_line) + ")");
}

}  // namespace

PushOutcome push_outcome(int status) {
  if (status >= 200 && status < 300) return PushOutcome::kTaken;
  const bool later =
      status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
  return later ? PushOutcome::kLater : PushOutcome::kRefused;
}

OtlpPusher::OtlpPusher(OtlpPushOptions options, ServiceState& state, Tell tell)
    : options_(std::move(options)), state_(state), tell_(std::move(tell)) {
  state_.push(standing_);
  const SignalsBlocked for_its_thread;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "otlp");
    run();
  });
}

OtlpPusher::~OtlpPusher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (sending_) sending_->cancel();
  }
  news_.notify_one();
  thread_.join();
  state_.push(std::nullopt);
}

void OtlpPusher::add(const SnapshotPtr& snapshot) {
  const nanoseconds at = snapshot->at.monotonic;
  if (at < due_) return;
  const bool in_step = at - due_ < options_.interval;
  due_ = (in_step ? due_ : at) + options_.interval;
  {
    const std::lock_guard lock(mutex_);
    if (fresh_.size() < kMostFresh)
      fresh_.push_back(snapshot);
    else
      ++overrun_;
  }
  news_.notify_one();
}

/// False: it is time to end.
bool OtlpPusher::wait(std::deque<SnapshotPtr>& fresh) {
  std::unique_lock lock(mutex_);
  const auto has_news = [this] { return stopping_ || !fresh_.empty(); };
  if (queue_.empty())
    news_.wait(lock, has_news);
  else
    news_.wait_until(lock, retry_at_, has_news);
  fresh.swap(fresh_);
  standing_.dropped += std::exchange(overrun_, 0);
  return !stopping_;
}

void OtlpPusher::run() {
  std::deque<SnapshotPtr> fresh;
  while (wait(fresh)) {
    try {
      for (; !fresh.empty(); fresh.pop_front()) queue(*fresh.front());
      if (!queue_.empty() && Clock::now() >= retry_at_) send_first();
    } catch (const std::exception& error) {  // no memory, or no libcurl
      fresh.clear();
      ++standing_.failed_attempts;
      later(error.what(), {});
    }
    state_.push(standing_);
  }
}

void OtlpPusher::queue(const Snapshot& snapshot) {
  const OwnProcess own = read_own_process(files_);
  const MetricInput input{.snapshot = &snapshot,
                          .now_monotonic = snapshot.at.monotonic,
                          .own_process = &own,
                          .service = &state_};
  const auto families = collect_families(metric_table(), input, state_.metric_choice());
  bool compressed = false;
  std::string body = gzip(otlp_json(families, snapshot, own.started_seconds.value_or(0),
                                    otlp_attributes(snapshot.hostname, options_.attributes)),
                          compressed);
  if (!compressed) throw std::bad_alloc();
  standing_.queued_bytes += body.size();
  queue_.push_back(std::move(body));
  while (queue_.size() > 1 && standing_.queued_bytes > options_.queued_bytes) {
    drop_first();
    ++standing_.dropped;
  }
}

void OtlpPusher::drop_first() {
  standing_.queued_bytes -= queue_.front().size();
  queue_.pop_front();
}

void OtlpPusher::send_first() {
  if (!fetcher_) fetcher_ = std::make_unique<HttpFetcher>(fetcher_options(options_));
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    sending_ = fetcher_.get();
  }
  auto headers = options_.headers;
  headers["Content-Type"] = "application/json";
  if (options_.gzip) headers["Content-Encoding"] = "gzip";
  const Fetched answer =
      fetcher_->post("", options_.gzip ? queue_.front() : from_gzip(queue_.front()), headers);
  {
    const std::lock_guard lock(mutex_);
    sending_ = nullptr;
  }
  switch (push_outcome(answer.status)) {
    case PushOutcome::kTaken:
      return taken();
    case PushOutcome::kLater:
      ++standing_.failed_attempts;
      return later(no_answer(answer), answer.retry_after);
    case PushOutcome::kRefused:
      return refused(no_answer(answer));
  }
}

void OtlpPusher::taken() {
  drop_first();
  ++standing_.sent;
  wait_ = {};
  retry_at_ = {};
  if (!std::exchange(in_trouble_, false)) return;
  tell_("samples are pushed to " + without_password(options_.url) + " again; " +
        std::to_string(queue_.size()) + " wait");
}

/// Twice as long as the last time, or as the receiver asks.
void OtlpPusher::later(const std::string& why, std::chrono::seconds asked_for) {
  wait_ = std::min(std::max(2 * wait_, options_.first_wait), kLongestWait);
  retry_at_ =
      Clock::now() + std::max<std::chrono::milliseconds>(
                         wait_, std::min<std::chrono::milliseconds>(asked_for, 10 * kLongestWait));
  if (std::exchange(in_trouble_, true)) return;
  tell_("cannot push samples to " + without_password(options_.url) + ": " + why +
        "; they wait, and are sent when that works");
}

/// Another try would end the same way.
void OtlpPusher::refused(const std::string& why) {
  drop_first();
  ++standing_.dropped;
  if (std::exchange(in_trouble_, true)) return;
  tell_(without_password(options_.url) + " refuses the samples: " + why +
        "; counted in tierwatch_otlp_pushes_total");
}

}  // namespace tierwatch
