// SPDX-License-Identifier: MIT
//
// The memory of a made-up process with a CPython 3.11 in it: what there is to read, and nothing
// else. Tests put into it what they please.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_memory.h"

namespace tierwatch {

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
  std::uint64_t next_ = 0x10000000;
};

}  // namespace tierwatch
