// SPDX-License-Identifier: MIT
//
// What a thread waits for, by the system call that it is in. proc(5), /proc/PID/task/TID/syscall:
// reading it needs the right to trace the process and stops nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "collectors/memory/remote_memory.h"
#include "collectors/python/python_sample.h"

namespace tierwatch {

struct SystemCall {
  long number = 0;  ///< negative: blocked, but in no system call (a page is read from disk)
  std::array<std::uint64_t, 6> arguments{};
  bool operator==(const SystemCall&) const = default;
};

struct ThreadState {
  bool running = false;  ///< on a CPU, or ready for one
  SystemCall call;       ///< unless it runs
};

/// "running", "202 0x7f… …", "-1 0x7ff… 0x…". Absent when it makes no sense.
std::optional<ThreadState> parse_syscall(std::string_view text);

/// What a system call waits for, as far as it tells itself.
struct WaitsFor {
  ThreadActivity activity = ThreadActivity::kOther;
  /// Descriptors of which one must have something for it: what they are decides.
  std::vector<int> descriptors;
  bool many = false;  ///< it asked for events of several: poll(2), select(2)
};

/// More descriptors of one call are not looked at.
inline constexpr std::size_t kMostDescriptors = 16;

/// `lock` and `lock_size` are where the interpreter lock lies; 0: not known. Reads lists of
/// descriptors from `memory`.
WaitsFor waits_for(const SystemCall& call, RemoteMemory& memory, std::uint64_t lock,
                   std::uint32_t lock_size);

}  // namespace tierwatch
