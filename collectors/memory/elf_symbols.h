// SPDX-License-Identifier: MIT
//
// Exported symbols of a program or library as it lies in memory: what the dynamic linker reads, and
// no file. So a library that has been replaced or removed on disk, or lies in a container, is found
// like any other. elf(5); the hash table is DT_GNU_HASH's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "collectors/memory/remote_memory.h"

namespace tierwatch {

/// A value. Any bytes may be in that memory: each table has a bound.
class ElfImage {
 public:
  /// `base` is where the file's first byte is mapped. Absent: no 64-bit ELF file of this machine's
  /// kind, or one without the tables.
  static std::optional<ElfImage> at(RemoteMemory& memory, std::uint64_t base);

  /// Address of a symbol that is defined here; absent: there is none of this name.
  std::optional<std::uint64_t> symbol(RemoteMemory& memory, std::string_view name) const;

 private:
  bool has_name(RemoteMemory& memory, std::uint32_t offset, std::string_view name) const;

  std::uint64_t bias_ = 0;
  std::uint64_t symbols_ = 0, names_ = 0, hash_ = 0;
};

}  // namespace tierwatch
