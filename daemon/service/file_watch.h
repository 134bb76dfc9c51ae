// SPDX-License-Identifier: MIT
//
// Whether files have become others since they were read: certificates that something renews. Looks
// at them from a thread of its own, for their file system may hang.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>
#include <vector>

namespace tierwatch {

class FileWatch {
 public:
  static constexpr std::chrono::milliseconds kPeriod{1000};

  /// Links are followed: what they lead to is looked at. Files may be missing.
  explicit FileWatch(std::vector<std::filesystem::path> files,
                     std::chrono::milliseconds period = kPeriod);

  /// True once after something has changed and then been still for a period: a certificate and its
  /// key are not written in the same moment. Thread-safe.
  bool take_change() { return changed_.exchange(false); }

 private:
  std::atomic<bool> changed_ = false;
  std::jthread thread_;  ///< ends before changed_ does
};

}  // namespace tierwatch
