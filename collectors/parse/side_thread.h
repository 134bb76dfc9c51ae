// SPDX-License-Identifier: MIT
//
// A thread for reads that may never end: a file on a dead NFS or FUSE mount. Whoever hands it work
// goes on at once, and ends without it when it must.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "collectors/reading.h"

namespace tierwatch {

/// Starts a thread that nobody waits for, without signals: these are the main thread's. False when
/// there are no more threads for us.
bool start_detached(std::function<void()> run);

/// Reads one thing after another, each of one process. The public functions are for one thread.
template <typename Result>
class SideThread {
 public:
  struct Job {
    ProcessId process;
    std::function<Result()> read;  ///< must hold all it needs: it may outlive us
  };

  SideThread() = default;
  /// Drops what waits. A job that does not end within kFarewell is left to itself, with its thread.
  ~SideThread();
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  static constexpr std::chrono::milliseconds kFarewell{100};

  void add(Job job);

  /// What has been read since the last call.
  std::vector<Result> take();

  /// Whose turn it is now. Absent when there is nothing to do.
  std::optional<ProcessId> reading() const;

  /// Takes back the jobs that have not begun.
  std::vector<Job> take_back();

  /// To be destroyed without a farewell: the thread has been at one job for too long.
  void leave();

  /// Until all is read, but no longer than `most`. True when all is read.
  bool wait(std::chrono::milliseconds most) const;

 private:
  /// Held by both sides: the thread may be the last.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Job> waiting;
    std::optional<ProcessId> reading;
    std::vector<Result> done;
    bool stop = false;
    bool ended = false;

    bool is_idle() const { return waiting.empty() && !reading; }
  };
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  bool started_ = false;
};

template <typename Result>
SideThread<Result>::~SideThread() {
  std::unique_lock lock(shared_->mutex);
  shared_->stop = true;
  shared_->waiting.clear();
  shared_->changed.notify_all();
  if (started_) shared_->changed.wait_for(lock, kFarewell, [&] { return shared_->ended; });
}

template <typename Result>
void SideThread<Result>::add(Job job) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->waiting.push_back(std::move(job));
    shared_->changed.notify_all();
  }
  // Without a thread the next job tries again.
  if (!started_) started_ = start_detached([shared = shared_] { run(shared); });
}

template <typename Result>
void SideThread<Result>::leave() {
  const std::lock_guard lock(shared_->mutex);
  shared_->stop = true;
  shared_->waiting.clear();
  started_ = false;
  shared_->changed.notify_all();
}

template <typename Result>
void SideThread<Result>::run(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->changed.wait(lock, [&] { return shared->stop || !shared->waiting.empty(); });
    if (shared->stop) break;
    {
      const Job job = std::move(shared->waiting.front());
      shared->waiting.pop_front();
      shared->reading = job.process;
      lock.unlock();
      Result found = job.read();
      lock.lock();
      shared->done.push_back(std::move(found));
    }
    shared->reading.reset();
    shared->changed.notify_all();
  }
  shared->ended = true;
  shared->changed.notify_all();
}

template <typename Result>
std::vector<Result> SideThread<Result>::take() {
  const std::lock_guard lock(shared_->mutex);
  return std::exchange(shared_->done, {});
}

template <typename Result>
std::optional<ProcessId> SideThread<Result>::reading() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->reading || shared_->waiting.empty()
             ? shared_->reading
             : std::optional(shared_->waiting.front().process);
}

template <typename Result>
std::vector<typename SideThread<Result>::Job> SideThread<Result>::take_back() {
  const std::lock_guard lock(shared_->mutex);
  std::vector<Job> jobs(std::make_move_iterator(shared_->waiting.begin()),
                        std::make_move_iterator(shared_->waiting.end()));
  shared_->waiting.clear();
  return jobs;
}

template <typename Result>
bool SideThread<Result>::wait(std::chrono::milliseconds most) const {
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, most, [&] { return shared_->is_idle(); });
}

}  // namespace tierwatch
