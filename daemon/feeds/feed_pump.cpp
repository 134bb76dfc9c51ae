// SPDX-License-Identifier: MIT
#include "daemon/feeds/feed_pump.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "collectors/text/plain_words.h"
#include "daemon/service/clock.h"
#include "daemon/service/side_thread_signals.h"
#include "daemon/service/tick_schedule.h"

namespace tierwatch {
namespace {

/// Rates need two samples: the second comes soon, so that nobody waits a minute for a first
/// picture.
constexpr nanoseconds kSecondSample = std::chrono::milliseconds(300);

FileDescriptor make_event() {
  FileDescriptor event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
  return event;
}

void ring(const FileDescriptor& event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof one);
}

void silence(const FileDescriptor& event) {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(event.get(), &count, sizeof count);
}

/// What to tell of two samples of which the first was not taken: nothing that it said is lost.
FeedNews joined(FeedNews missed, FeedNews fresh) {
  if (!fresh.snapshot) {
    missed.trouble = std::move(fresh.trouble);
    missed.now = missed.now || fresh.now;
    if (fresh.around) missed.around = std::move(fresh.around);
    return missed;
  }
  if (!fresh.around) fresh.around = std::move(missed.around);
  fresh.back = fresh.back || missed.back;
  return fresh;
}

}  // namespace

FeedPump::FeedPump(std::unique_ptr<TopFeed> feed, std::chrono::milliseconds interval)
    : feed_(std::move(feed)), news_ready_(make_event()), wake_(make_event()), interval_(interval) {
  const SideThreadSignals kept_away;
  thread_ = std::thread([this] { run(); });
}

FeedPump::~FeedPump() {
  stopping_ = true;
  feed_->cancel();
  ring(wake_);
  thread_.join();
}

std::optional<FeedNews> FeedPump::take() {
  silence(news_ready_);
  const std::lock_guard lock(mutex_);
  std::optional<FeedNews> taken;
  taken.swap(news_);
  return taken;
}

void FeedPump::ask() {
  asked_ = true;
  ring(wake_);
}

void FeedPump::set_interval(std::chrono::milliseconds interval) {
  interval_ = interval;
  ring(wake_);
}

void FeedPump::sample() {
  FeedNews fresh;
  try {
    fresh = feed_->sample();
  } catch (const std::exception& error) {  // the view goes on and shows why nothing is new
    fresh.trouble = error.what();
  }
  {
    const std::lock_guard lock(mutex_);
    news_ = news_ ? joined(std::move(*news_), std::move(fresh)) : std::move(fresh);
  }
  ring(news_ready_);
}

void FeedPump::look_between() {
  try {
    feed_->between();
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    if (!news_) news_.emplace();
    news_->trouble = error.what();
  }
}

/// True when the deadline has come, false when somebody rang.
bool FeedPump::sleep_until(nanoseconds deadline) {
  const nanoseconds left = deadline - monotonic_now();
  if (left <= nanoseconds{}) return true;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  pollfd waiting{.fd = wake_.get(), .events = POLLIN, .revents = 0};
  const bool rung = ppoll(&waiting, 1, &timeout, nullptr) > 0;
  if (rung) silence(wake_);
  return !rung;
}

void FeedPump::run() {
  sample();
  const auto between = feed_->between_interval();
  nanoseconds interval = interval_.load();
  TickSchedule ticks(monotonic_now() + std::min(interval, kSecondSample), interval);
  TickSchedule looks(monotonic_now(), between.value_or(std::chrono::hours(24)));
  while (!stopping_) {
    if (interval != nanoseconds(interval_.load())) {
      interval = interval_.load();
      ticks.restart(monotonic_now(), interval);
    }
    if (asked_.exchange(false)) sample();
    const nanoseconds next = between ? std::min(ticks.next(), looks.next()) : ticks.next();
    if (!sleep_until(next)) continue;
    if (monotonic_now() >= ticks.next()) {
      sample();
      ticks.advance(monotonic_now());
    } else {
      look_between();
    }
    looks.advance(monotonic_now());
  }
}

}  // namespace tierwatch
