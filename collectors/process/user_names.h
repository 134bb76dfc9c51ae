// SPDX-License-Identifier: MIT
//
// Login names of users.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "collectors/parse/aside.h"

namespace tierwatch {

/// Login names by uid, each asked for once, aside: getpwuid_r(3) may go to the network. Not
/// thread-safe.
class UserNames {
 public:
  using LookUp = std::string (*)(uid_t);

  /// How long a tick waits for names, all together.
  static constexpr std::chrono::milliseconds kPatience{100};

  /// `look_up` is getpwuid_r(3) but in tests.
  explicit UserNames(LookUp look_up = nullptr);

  /// The login name, else the decimal uid; that, too, until an answer is there.
  const std::string& name(uid_t uid);

  /// Whether answers have come that were not waited for. To be asked at each tick.
  bool have_come();

  /// Waits until all names are known, but no longer than `most`: for who has no later tick.
  void settle(std::chrono::milliseconds most);

 private:
  struct Answers;
  void ask(uid_t uid);
  bool take(uid_t uid);

  LookUp look_up_;
  std::shared_ptr<Answers> answers_;
  Aside aside_;
  std::chrono::nanoseconds waited_{};             ///< in this tick
  std::unordered_map<uid_t, std::string> names_;  ///< decimal ones where `waiting_`
  std::map<uid_t, bool> waiting_;                 ///< whether they have been asked for
};

}  // namespace tierwatch
