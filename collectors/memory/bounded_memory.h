// SPDX-License-Identifier: MIT
//
// Memory of another process of which only so much is read.
#pragma once

#include <memory>

#include "collectors/memory/remote_memory.h"

namespace tierwatch {

/// Memory of which no more than so much is read between two refills, so that lists without an end
/// and frames without a meaning cost no more than this.
class BoundedMemory : public RemoteMemory {
 public:
  static constexpr std::size_t kMostCalls = 30'000, kMostBytes = 32u << 20;

  explicit BoundedMemory(std::unique_ptr<RemoteMemory> memory) : memory_(std::move(memory)) {}
  using RemoteMemory::read;
  std::size_t read(std::span<const MemoryPiece> pieces) override;
  void refill() { calls_ = bytes_ = 0; }

 private:
  std::unique_ptr<RemoteMemory> memory_;
  std::size_t calls_ = 0, bytes_ = 0;
};

}  // namespace tierwatch
