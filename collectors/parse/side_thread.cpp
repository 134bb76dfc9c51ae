// SPDX-License-Identifier: MIT
#include "collectors/parse/side_thread.h"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace tierwatch {

/// Held by both sides: the thread may be the last.
struct SideThread::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Job> waiting;
  std::optional<ProcessId> reading;
  std::vector<ServerSettingsReading> done;
  bool stop = false;
  bool ended = false;

  bool is_idle() const { return waiting.empty() && !reading; }
};

SideThread::SideThread() : shared_(std::make_shared<Shared>()) {}

SideThread::~SideThread() {
  std::unique_lock lock(shared_->mutex);
  shared_->stop = true;
  shared_->waiting.clear();
  shared_->changed.notify_all();
  if (started_) shared_->changed.wait_for(lock, kFarewell, [&] { return shared_->ended; });
}

void SideThread::add(Job job) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->waiting.push_back(std::move(job));
    shared_->changed.notify_all();
  }
  if (!started_) start();
}

void SideThread::start() {
  // Signals are the main thread's: a new thread inherits what is blocked.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([shared = shared_] { run(shared); }).detach();
    started_ = true;
  } catch (const std::system_error&) {
    started_ = false;  // no more threads for us: the next job tries again
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void SideThread::leave() {
  const std::lock_guard lock(shared_->mutex);
  shared_->stop = true;
  shared_->waiting.clear();
  started_ = false;
  shared_->changed.notify_all();
}

void SideThread::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->changed.wait(lock, [&] { return shared->stop || !shared->waiting.empty(); });
    if (shared->stop) break;
    {
      const Job job = std::move(shared->waiting.front());
      shared->waiting.pop_front();
      shared->reading = job.server;
      lock.unlock();
      ServerSettingsReading found = job.read();
      lock.lock();
      shared->done.push_back(std::move(found));
    }
    shared->reading.reset();
    shared->changed.notify_all();
  }
  shared->ended = true;
  shared->changed.notify_all();
}

std::vector<ServerSettingsReading> SideThread::take() {
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->done, {});
}

std::optional<ProcessId> SideThread::reading() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->reading || shared_->waiting.empty()
             ? shared_->reading
             : std::optional(shared_->waiting.front().server);
}

std::vector<SideThread::Job> SideThread::take_back() {
  const std::lock_guard lock(shared_->mutex);
  std::vector<Job> jobs(std::make_move_iterator(shared_->waiting.begin()),
                        std::make_move_iterator(shared_->waiting.end()));
  shared_->waiting.clear();
  return jobs;
}

bool SideThread::wait(std::chrono::milliseconds most) const {
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, most, [&] { return shared_->is_idle(); });
}

}  // namespace tierwatch
