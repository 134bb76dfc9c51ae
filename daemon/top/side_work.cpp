// SPDX-License-Identifier: MIT
#include "daemon/top/side_work.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <system_error>

#include "daemon/service/clock.h"
#include "daemon/service/side_thread_signals.h"

namespace tierwatch {
namespace {

FileDescriptor new_event() {
  FileDescriptor event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
  return event;
}

void ring_event(const FileDescriptor& event) {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(event.get(), &one, sizeof one);
}

/// False once the event has been rung.
bool sleep_unless(const FileDescriptor& event, nanoseconds until) {
  while (true) {
    const nanoseconds left = until - monotonic_now();
    const auto wait = std::max<std::int64_t>(0, left.count());
    const timespec time{.tv_sec = wait / 1'000'000'000, .tv_nsec = wait % 1'000'000'000};
    pollfd source{.fd = event.get(), .events = POLLIN, .revents = 0};
    const int ready = ppoll(&source, 1, &time, nullptr);
    if (ready > 0) return false;
    if (ready == 0 || errno != EINTR) return true;
  }
}

}  // namespace

struct SideWork::Desk {
  FileDescriptor stop = new_event();
  std::shared_ptr<const FileDescriptor> news;
  std::atomic<bool> ended = false;
  std::mutex mutex;
  std::optional<std::string> found;  ///< guarded by mutex
};

SideWork::SideWork() : news_(std::make_shared<const FileDescriptor>(new_event())) {}

SideWork::~SideWork() {
  stop();
  for (Begun& one : begun_) one.thread.join();
}

int SideWork::descriptor() const { return news_->get(); }

void SideWork::serve(const std::shared_ptr<Desk>& desk, const Work& work) {
  std::string found;
  try {
    found = work([&desk](nanoseconds until) { return sleep_unless(desk->stop, until); });
  } catch (const std::exception& error) {
    found = error.what();
  }
  {
    const std::lock_guard lock(desk->mutex);
    desk->found = std::move(found);
  }
  desk->ended = true;
  ring_event(*desk->news);
}

void SideWork::join_ended() {
  for (auto one = begun_.begin(); one != begun_.end();) {
    if (!one->desk->ended) {
      ++one;
      continue;
    }
    one->thread.join();
    one = begun_.erase(one);
  }
}

void SideWork::begin(Work work) {
  stop();
  join_ended();
  wanted_ = std::make_shared<Desk>();
  wanted_->news = news_;
  if (begun_.size() >= kMostEnding) {
    wanted_->found = "what was asked for before has not ended yet: try again in some seconds";
    return ring_event(*news_);
  }
  const SideThreadSignals kept_away;
  begun_.push_back({wanted_, std::thread(serve, wanted_, std::move(work))});
}

void SideWork::stop() {
  if (wanted_) ring_event(wanted_->stop);
  wanted_.reset();
}

std::optional<std::string> SideWork::take() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = read(news_->get(), &count, sizeof count);
  join_ended();
  if (!wanted_) return std::nullopt;
  const std::lock_guard lock(wanted_->mutex);
  return std::exchange(wanted_->found, std::nullopt);
}

}  // namespace tierwatch
