// SPDX-License-Identifier: MIT
#include "exporters/http/http_server_admission.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "exporters/http/signals_blocked.h"

namespace tierwatch {

AdmissionDesk::AdmissionDesk(PasswordBook& book) : book_(book) {
  if (book_.empty()) return;
  const SignalsBlocked for_its_thread;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "passwords");
    run();
  });
}

AdmissionDesk::~AdmissionDesk() { close(); }

bool AdmissionDesk::waits(MHD_Connection* connection, std::string_view header,
                          const std::string& client) {
  bool suspicious = false;
  {
    const std::lock_guard lock(mutex_);
    if (decided_.contains(connection)) return false;
    suspicious = looked_at_.contains(client);
  }
  auto credentials = basic_credentials(header);
  std::optional<Admission> at_once = Admission::kRefused;
  if (credentials) at_once = book_.admit_at_once(*credentials, client, suspicious);
  {
    const std::lock_guard lock(mutex_);
    const std::size_t most = suspicious ? kMostSuspectsWaiting : kMostWaiting;
    if (!at_once && (closed_ || waiting_.size() >= most)) {
      book_.leave_unhashed(suspicious);
      at_once = Admission::kTooMany;
    }
    if (at_once) {
      decided_[connection] = *at_once;
      return false;
    }
  }
  // The library has locks of its own: none of ours is held when it is called.
  MHD_suspend_connection(connection);
  const Asked asked{connection, std::move(*credentials), client, suspicious};
  if (!put_down(asked)) {
    book_.leave_unhashed(suspicious);
    decide(asked, Admission::kTooMany);
  }
  return true;
}

/// Before those of whom it is thought that they guess. False: it was closed meanwhile.
bool AdmissionDesk::put_down(const Asked& asked) {
  const std::lock_guard lock(mutex_);
  if (closed_) return false;
  const auto suspects = std::ranges::find(waiting_, true, &Asked::suspicious);
  waiting_.insert(asked.suspicious ? waiting_.end() : suspects, asked);
  looked_at_.insert(asked.client);
  news_.notify_one();
  return true;
}

Admission AdmissionDesk::take(MHD_Connection* connection) {
  const std::lock_guard lock(mutex_);
  const auto found = decided_.find(connection);
  if (found == decided_.end()) return Admission::kRefused;
  const Admission admission = found->second;
  decided_.erase(found);
  return admission;
}

void AdmissionDesk::forget(MHD_Connection* connection) {
  const std::lock_guard lock(mutex_);
  decided_.erase(connection);
}

void AdmissionDesk::decide(const Asked& asked, Admission admission) {
  {
    const std::lock_guard lock(mutex_);
    decided_[asked.connection] = admission;
    if (const auto one = looked_at_.find(asked.client); one != looked_at_.end())
      looked_at_.erase(one);
  }
  MHD_resume_connection(asked.connection);
}

void AdmissionDesk::run() {
  for (;;) {
    Asked next;
    bool closed = false;
    {
      std::unique_lock lock(mutex_);
      news_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      closed = closed_;
    }
    if (closed) book_.leave_unhashed(next.suspicious);
    decide(next, closed ? Admission::kTooMany
                        : book_.admit_by_hash(next.credentials, next.client, next.suspicious));
  }
}

void AdmissionDesk::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  news_.notify_one();
  if (thread_.joinable()) thread_.join();
}

}  // namespace tierwatch
