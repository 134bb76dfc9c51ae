// SPDX-License-Identifier: MIT
//
// The memory of a made-up process with a CPython 3.11 in it: what there is to read, and nothing
// else. Tests put into it what they please.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/python/remote_memory.h"

namespace tierwatch {

/// Pages of bytes; a read that leaves them ends there.
class FakeMemory : public RemoteMemory {
 public:
  static constexpr std::uint64_t kPage = 4096;

  using RemoteMemory::read;
  std::size_t read(std::span<const MemoryPiece> pieces) override;

  void put(std::uint64_t address, std::span<const std::byte> bytes);
  template <typename Value>
  void put_value(std::uint64_t address, const Value& value) {
    put(address, std::as_bytes(std::span(&value, 1)));
  }
  /// Addresses of the pages there are.
  std::vector<std::uint64_t> pages() const;

  /// Called before each read: what a running process changes meanwhile.
  std::function<void(FakeMemory&)> before_read;
  std::size_t reads = 0;

 private:
  bool copy(std::uint64_t address, std::span<std::byte> into) const;
  std::map<std::uint64_t, std::array<std::byte, kPage>> pages_;
};

class FakePython {
 public:
  FakePython();

  static constexpr std::uint64_t kImage = 0x400000;  ///< where the program is mapped
  static constexpr std::uint64_t kRuntime = 0x500000;

  FakeMemory memory;

  /// A str of one, two or four bytes a character, as CPython stores it.
  std::uint64_t text(std::u32string_view characters);
  /// A code object; `lines` is its location table.
  std::uint64_t code(std::u32string_view name, std::u32string_view file, std::uint32_t first_line,
                     std::string_view lines = "");
  /// Called from `previous` (0: from nobody), at its code unit `unit`.
  std::uint64_t frame(std::uint64_t code, std::uint64_t previous, std::int64_t unit = 0,
                      std::uint8_t owner = 0);
  /// A thread whose innermost frame is `frame`; `next` is another thread, or 0.
  std::uint64_t thread(std::uint64_t native_id, std::uint64_t frame, std::uint64_t next = 0);
  std::uint64_t interpreter(std::uint64_t threads, std::uint64_t next = 0);
  void start(std::uint64_t interpreters);

  /// Where the pointer to a thread's innermost frame lies.
  std::uint64_t pointer_of(std::uint64_t thread);
  void set_version(std::uint32_t version);
  std::uint64_t take(std::size_t bytes);  ///< room that nothing else has

 private:
  void make_image();
  std::uint64_t next_ = 0x10000000;
};

}  // namespace tierwatch
