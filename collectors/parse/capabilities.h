// SPDX-License-Identifier: MIT
//
// What the kernel lets this process do beyond its user.
#pragma once

#include <cstdint>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// Bits of CapEff (capabilities(7), linux/capability.h).
enum class Capability : std::uint8_t {
  kDacReadSearch = 2,
  kSysPtrace = 19,
  kSysAdmin = 21,
  kPerfmon = 38,
  kBpf = 39,
};

constexpr bool holds(std::uint64_t capabilities, Capability capability) {
  return capabilities >> static_cast<unsigned>(capability) & 1;
}

/// CapEff of this process; 0 where it cannot be read.
std::uint64_t effective_capabilities(const ProcFs& files);

}  // namespace tierwatch
