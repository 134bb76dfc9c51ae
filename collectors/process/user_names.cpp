// SPDX-License-Identifier: MIT
#include "collectors/process/user_names.h"

#include <pwd.h>

#include <cerrno>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

namespace tierwatch {
namespace {

std::string look_up_name(uid_t uid) {
  // Entries with long member lists outgrow the buffer; a name alone never does, so a few steps are
  // enough.
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  while ((error = getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
         buffer.size() < (1u << 20)) {
    buffer.resize(buffer.size() * 4);
  }
  return error == 0 && found ? std::string(found->pw_name) : std::to_string(uid);
}

}  // namespace

struct UserNames::Answers {
  std::mutex mutex;
  std::map<uid_t, std::string> names;
};

UserNames::UserNames(LookUp look_up)
    : look_up_(look_up ? look_up : look_up_name), answers_(std::make_shared<Answers>()) {}

/// Beside one that does not end no other is begun: they would all wait for the same.
void UserNames::ask(uid_t uid) {
  if (aside_.stuck() > 0 || waited_ >= kPatience) return;
  waiting_[uid] = true;
  const auto before = std::chrono::steady_clock::now();
  aside_.run(
      [uid, look_up = look_up_, answers = answers_] {
        std::string name = look_up(uid);
        const std::lock_guard lock(answers->mutex);
        answers->names[uid] = std::move(name);
        return std::string();
      },
      kPatience - waited_);
  waited_ += std::chrono::steady_clock::now() - before;
}

bool UserNames::take(uid_t uid) {
  const std::lock_guard lock(answers_->mutex);
  const auto answer = answers_->names.find(uid);
  if (answer == answers_->names.end()) return false;
  names_[uid] = std::move(answer->second);
  answers_->names.erase(answer);
  return true;
}

const std::string& UserNames::name(uid_t uid) {
  const auto [entry, is_new] = names_.try_emplace(uid);
  if (!is_new) return entry->second;
  entry->second = std::to_string(uid);
  waiting_[uid] = false;
  ask(uid);
  if (take(uid)) waiting_.erase(uid);
  return entry->second;
}

bool UserNames::have_come() {
  waited_ = {};
  bool any = false;
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    if (!entry->second) ask(entry->first);
    const bool came = take(entry->first);
    any |= came;
    entry = came ? waiting_.erase(entry) : std::next(entry);
  }
  return any;
}

void UserNames::settle(std::chrono::milliseconds most) {
  constexpr std::chrono::milliseconds kStep{10};
  const auto end = std::chrono::steady_clock::now() + most;
  while (!waiting_.empty() && std::chrono::steady_clock::now() < end)
    if (!have_come()) std::this_thread::sleep_for(kStep);
}

}  // namespace tierwatch
