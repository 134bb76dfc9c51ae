// SPDX-License-Identifier: MIT
//
// The memory of a made-up process: what tests have put there, and nothing else.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/memory/remote_memory.h"

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

/// A program that is mapped at `base`, not moved, and exports these symbols: ten at most.
void put_image(FakeMemory& memory, std::uint64_t base,
               const std::vector<std::pair<std::string_view, std::uint64_t>>& symbols);

}  // namespace tierwatch
