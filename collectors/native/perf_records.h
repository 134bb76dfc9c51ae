// SPDX-License-Identifier: MIT
//
// What the kernel writes of a thread on a CPU: its registers and the top of its stack, as
// perf_event_open(2) lays them out.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tierwatch {

/// Registers of a thread by their DWARF numbers (x86-64 psABI). [kPc] is where it runs.
using CodeRegisters = std::array<std::uint64_t, 17>;
inline constexpr std::size_t kFramePointer = 6, kStackPointer = 7, kPc = 16;

/// x86-64's registers in the kernel's own numbers: what it is asked for.
extern const std::uint64_t kPerfRegisters;

struct CpuSample {
  pid_t pid = 0, tid = 0;
  bool in_kernel = false;  ///< it was in the kernel; the registers are those it came with
  bool readable = false;   ///< false: no 64-bit program was interrupted; nothing follows
  CodeRegisters registers{};
  std::span<const std::byte> stack;  ///< from [kStackPointer] on; as long as what was decoded
};

struct PerfRecords {
  std::vector<CpuSample> samples;
  std::uint64_t lost = 0;  ///< samples for which there was no room
  std::uint64_t bad = 0;   ///< records that are none: what follows one is not read
};

/// Decodes records that begin with the first byte. A record that is not whole is bad. Pure.
PerfRecords decode_perf_records(std::span<const std::byte> bytes);

}  // namespace tierwatch
