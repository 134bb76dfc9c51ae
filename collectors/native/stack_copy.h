// SPDX-License-Identifier: MIT
//
// The top of a thread's stack as it was copied at one instant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace tierwatch {

struct StackCopy {
  std::uint64_t address = 0;  ///< of the first byte
  std::span<const std::byte> bytes;

  /// Absent outside of what was copied.
  std::optional<std::uint64_t> word(std::uint64_t at) const {
    std::uint64_t value = 0;
    if (at < address || bytes.size() < sizeof value || at - address > bytes.size() - sizeof value)
      return std::nullopt;
    std::memcpy(&value, bytes.data() + (at - address), sizeof value);
    return value;
  }
};

}  // namespace tierwatch
