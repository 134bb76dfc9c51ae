// SPDX-License-Identifier: MIT
#include "daemon/service/login_name.h"

#include <pwd.h>

#include <array>
#include <map>
#include <mutex>

namespace tierwatch {

std::string login_name(uid_t uid) {
  static std::mutex mutex;
  static std::map<uid_t, std::string> known;
  {
    const std::lock_guard lock(mutex);
    const auto found = known.find(uid);
    if (found != known.end()) return found->second;
  }
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* result = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &result);
  const std::lock_guard lock(mutex);
  return known[uid] = result ? result->pw_name : "";
}

std::optional<uid_t> user_named(const std::string& name) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* result = nullptr;
  getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &result);
  return result ? std::optional(result->pw_uid) : std::nullopt;
}

}  // namespace tierwatch
