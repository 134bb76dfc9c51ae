// SPDX-License-Identifier: MIT
//
// The Python frames of one thread, read in as few calls as possible while it runs on: the pages
// that held its frames last time come in the same call as the pointer to its innermost frame, which
// is read before and after them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "collectors/memory/remote_memory.h"
#include "collectors/python/python_layout.h"

namespace tierwatch {

/// Outermost frames of deeper stacks are left out.
inline constexpr std::size_t kMostFrames = 1024;

struct RawFrame {
  std::uint64_t code = 0;         ///< address of its code object
  std::uint64_t instruction = 0;  ///< address
  bool operator==(const RawFrame&) const = default;
};

struct RawThread {
  std::uint64_t next = 0;        ///< the thread after it, 0: none
  std::uint64_t native_id = 0;   ///< gettid(2) in its own pid namespace
  std::vector<RawFrame> frames;  ///< innermost first
  bool moved = false;            ///< another frame was the innermost one behind the reading
  bool torn = false;             ///< a frame could not be read
  bool cut = false;              ///< more than kMostFrames
};

/// Not thread-safe; belongs to one thread state of one process.
class ThreadReader {
 public:
  ThreadReader(const PythonLayout& layout, std::uint64_t address);

  /// False when the thread state itself cannot be read.
  bool read(RemoteMemory& memory, RawThread& thread);

  /// Forgets where frames were the last time.
  void forget() { expected_.clear(); }

 private:
  static constexpr std::size_t kPage = 4096;
  /// Kept for the next time, and read one by one if need be: what one look may cost.
  static constexpr std::size_t kMostExpected = 32, kMostPages = 160;
  struct Page {
    std::uint64_t address = 0;
    std::array<std::byte, kPage> bytes;
  };

  bool read_at_once(RemoteMemory& memory);
  std::uint64_t pointer_address() const;
  const Page* page(RemoteMemory& memory, std::uint64_t address);
  bool copy(RemoteMemory& memory, std::uint64_t address, std::span<std::byte> into);
  void walk(RemoteMemory& memory, std::uint64_t frame, RawThread& thread);
  RawFrame frame_in(std::span<const std::byte> bytes) const;
  std::uint64_t native_id(RemoteMemory& memory);

  const PythonLayout& layout_;
  std::uint64_t address_;
  std::uint64_t cframe_ = 0;
  std::uint64_t pthread_ = 0, pthread_id_ = 0;  ///< the thread's number, read at that address
  std::vector<std::byte> state_;
  std::uint64_t first_pointer_ = 0, last_pointer_ = 0;
  bool at_one_instant_ = false;  ///< nothing was read behind last_pointer_
  std::vector<std::uint64_t> expected_;
  std::vector<std::unique_ptr<Page>> pages_;  ///< the first used_ hold something
  std::size_t used_ = 0;
  std::size_t frame_size_;
};

}  // namespace tierwatch
