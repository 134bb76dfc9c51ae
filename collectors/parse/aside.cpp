// SPDX-License-Identifier: MIT
#include "collectors/parse/aside.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "collectors/parse/side_thread.h"

namespace tierwatch {

/// Held by both sides: the thread may be the last.
struct Aside::Desk {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Work> work;
  std::optional<std::string> result;
  bool left = false;  ///< nobody waits here any more
  bool busy = false;
  std::shared_ptr<std::atomic<unsigned>> stuck;
};

Aside::Aside() : stuck_(std::make_shared<std::atomic<unsigned>>(0)) {}

Aside::~Aside() {
  if (!desk_) return;
  const std::lock_guard lock(desk_->mutex);
  desk_->left = true;
  desk_->changed.notify_all();
}

bool Aside::start() {
  if (*stuck_ >= kMostStuck) return false;
  auto desk = std::make_shared<Desk>();
  desk->stuck = stuck_;
  // Without a thread the next question tries again.
  if (start_detached([desk] { serve(desk); })) desk_ = std::move(desk);
  return desk_ != nullptr;
}

void Aside::serve(const std::shared_ptr<Desk>& desk) {
  std::unique_lock lock(desk->mutex);
  while (true) {
    desk->changed.wait(lock, [&] { return desk->left || desk->work; });
    if (!desk->work) return;
    std::optional<std::string> result;
    {
      const Work work = *std::exchange(desk->work, std::nullopt);
      lock.unlock();
      try {
        result = work();
      } catch (const std::exception&) {
        result.emplace();
      }
    }
    lock.lock();
    if (desk->busy) --*desk->stuck;
    if (desk->left) return;
    desk->result = std::move(result);
    desk->changed.notify_all();
  }
}

std::optional<std::string> Aside::run(Work work, std::chrono::nanoseconds patience) {
  if (!desk_ && !start()) return std::nullopt;
  const std::shared_ptr<Desk> desk = desk_;
  std::unique_lock lock(desk->mutex);
  desk->work = std::move(work);
  desk->changed.notify_all();
  if (desk->changed.wait_for(lock, patience, [&] { return desk->result.has_value(); }))
    return std::exchange(desk->result, std::nullopt);
  desk->left = desk->busy = true;
  ++*stuck_;
  desk_.reset();
  return std::nullopt;
}

}  // namespace tierwatch
