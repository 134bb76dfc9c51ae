// SPDX-License-Identifier: MIT
#include "collectors/memory/bounded_memory.h"

namespace tierwatch {

std::size_t BoundedMemory::read(std::span<const MemoryPiece> pieces) {
  for (const MemoryPiece& piece : pieces) bytes_ += piece.into.size();
  if (++calls_ > kMostCalls || bytes_ > kMostBytes) return 0;
  return memory_->read(pieces);
}

}  // namespace tierwatch
