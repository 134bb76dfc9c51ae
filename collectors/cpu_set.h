// SPDX-License-Identifier: MIT
//
// A set of processors, as affinities and cpusets name them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tierwatch {

class CpuSet {
 public:
  void add(std::size_t cpu);
  bool contains(std::size_t cpu) const;
  std::size_t count() const;

  /// Those that are in both.
  CpuSet operator&(const CpuSet& other) const;
  /// Those that are in either.
  CpuSet operator|(const CpuSet& other) const;
  bool operator==(const CpuSet&) const = default;

 private:
  std::vector<std::uint64_t> words_;  // bit n % 64 of word n / 64; the last word is never zero
};

/// "0-3,7\n", the kernel's list format (cpuset(7)). An empty text is the empty set; absent when it
/// is no list, or names a processor past 65,535 (the kernel's most are 8,192).
std::optional<CpuSet> parse_cpu_list(std::string_view text);

}  // namespace tierwatch
