// SPDX-License-Identifier: MIT
#include "daemon/service/login_name.h"

#include <pwd.h>

#include <array>
#include <map>

namespace tierwatch {

std::string login_name(uid_t uid) {
  static std::map<uid_t, std::string> known;
  const auto found = known.find(uid);
  if (found != known.end()) return found->second;
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* result = nullptr;
  getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &result);
  return known[uid] = result ? result->pw_name : "";
}

}  // namespace tierwatch
