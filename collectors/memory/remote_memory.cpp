// SPDX-License-Identifier: MIT
#include "collectors/memory/remote_memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tierwatch {

std::size_t ProcessMemory::read(std::span<const MemoryPiece> pieces) {
  std::array<iovec, kMostPieces> here, there;
  const std::size_t count = std::min(pieces.size(), kMostPieces);
  for (std::size_t i = 0; i < count; ++i) {
    const MemoryPiece& piece = pieces[i];
    here[i] = {piece.into.data(), piece.into.size()};
    there[i] = {reinterpret_cast<void*>(piece.address), piece.into.size()};
  }
  const ssize_t got = process_vm_readv(pid_, here.data(), count, there.data(), count, 0);
  if (got >= 0) return static_cast<std::size_t>(got);
  error_ = errno;
  return 0;
}

}  // namespace tierwatch
