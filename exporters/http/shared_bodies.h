// SPDX-License-Identifier: MIT
//
// Bodies that are on their way to clients: who reads the same text shares it with the others, and
// its gzip form. However slowly they read, and however many different ones they ask for, all bodies
// together take bounded memory.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// Bytes of all bodies that are held.
using HeldBytes = std::shared_ptr<std::atomic<std::size_t>>;

/// A text, and its gzip form once somebody asked for it. Thread-safe.
class SharedBody {
 public:
  SharedBody(std::string text, HeldBytes held);
  ~SharedBody();
  SharedBody(const SharedBody&) = delete;
  SharedBody& operator=(const SharedBody&) = delete;

  const std::string& text() const { return text_; }
  /// Made when the first asks. Null: zlib has no memory.
  const std::string* compressed() const;

 private:
  const std::string text_;
  const HeldBytes held_;
  mutable std::once_flag once_;
  mutable std::string gzip_;
  mutable bool is_compressed_ = false;
};

using SharedBodyPtr = std::shared_ptr<const SharedBody>;

/// Thread-safe. Keeps the newest body of each page also when nobody reads it.
class SharedBodies {
 public:
  /// Shorter ones are neither worth an effort nor a danger: each answer has its own.
  static constexpr std::size_t kWorthSharing = 1024;
  /// Up to here a body has its place also when the room is used up: a scrape of metrics has.
  static constexpr std::size_t kAlwaysServed = 128 << 10;

  explicit SharedBodies(std::size_t room_bytes);

  /// `text` as a body of answers of `page`. Null: it is long, and what others have not read yet
  /// takes up the room.
  SharedBodyPtr share(std::string_view page, std::string text);

 private:
  struct Page {
    SharedBodyPtr newest;
    std::vector<std::weak_ptr<const SharedBody>> on_their_way;
  };
  bool has_room_for(std::size_t size);

  const std::size_t room_;
  const HeldBytes held_;
  std::mutex mutex_;
  std::map<std::string, Page, std::less<>> pages_;  ///< guarded by mutex_
};

}  // namespace tierwatch
