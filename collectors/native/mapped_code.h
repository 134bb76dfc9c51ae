// SPDX-License-Identifier: MIT
//
// Where the code of a process is mapped from, by /proc/PID/maps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// A stretch of memory that may be executed and belongs to a file.
struct MappedCode {
  std::uint64_t start = 0, end = 0;
  std::uint64_t offset = 0;  ///< of the first byte, in the file
  std::uint64_t inode = 0;
  std::string device;  ///< "fe:01"
  std::string path;    ///< as the process sees it, or "[vdso]"; any bytes
  std::string range;   ///< its name in /proc/PID/map_files
  bool operator==(const MappedCode&) const = default;
};

/// More of a process are not looked at.
inline constexpr std::size_t kMostMappedCode = 1024;

/// By address. What belongs to no file, code that is made at run time, is left out. Pure.
std::vector<MappedCode> mapped_code(std::string_view maps);

/// The one that holds an address; null: none.
const MappedCode* code_at(const std::vector<MappedCode>& codes, std::uint64_t address);

}  // namespace tierwatch
