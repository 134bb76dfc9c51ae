// SPDX-License-Identifier: MIT
//
// Memory of another process, read while it runs. The only caller of process_vm_readv(2).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

namespace tierwatch {

/// What is wanted of one address.
struct MemoryPiece {
  std::uint64_t address = 0;
  std::span<std::byte> into;
};

/// Not thread-safe.
class RemoteMemory {
 public:
  virtual ~RemoteMemory() = default;

  /// Pieces of one call; more are left out (IOV_MAX is 1024).
  static constexpr std::size_t kMostPieces = 256;

  /// Fills the pieces one after the other, as near to one instant as the kernel copies. Returns the
  /// bytes that came: those of the pieces before the first one that cannot be read whole.
  virtual std::size_t read(std::span<const MemoryPiece> pieces) = 0;

  bool read(std::uint64_t address, std::span<std::byte> into) {
    const MemoryPiece piece{address, into};
    return read(std::span(&piece, 1)) == into.size();
  }

  template <typename Value>
  requires std::is_trivially_copyable_v<Value> std::optional<Value> value(std::uint64_t address) {
    std::byte bytes[sizeof(Value)];
    if (!read(address, bytes)) return std::nullopt;
    Value value;
    std::memcpy(&value, bytes, sizeof value);
    return value;
  }
};

/// A value within bytes that were read; zero where it does not lie in them.
template <typename Value>
Value value_at(std::span<const std::byte> bytes, std::uint64_t offset) {
  Value value{};
  if (offset <= bytes.size() && sizeof value <= bytes.size() - offset)
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Needs the right to trace the process: see ptrace(2), PTRACE_MODE_ATTACH_REALCREDS.
class ProcessMemory : public RemoteMemory {
 public:
  explicit ProcessMemory(pid_t pid) : pid_(pid) {}
  using RemoteMemory::read;
  std::size_t read(std::span<const MemoryPiece> pieces) override;

  /// errno of the last read that gave nothing; 0: none so far. EPERM: the right is missing.
  int error() const { return error_; }

 private:
  pid_t pid_;
  int error_ = 0;
};

}  // namespace tierwatch
