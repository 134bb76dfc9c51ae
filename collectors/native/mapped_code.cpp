// SPDX-License-Identifier: MIT
#include "collectors/native/mapped_code.h"

#include <algorithm>

#include "collectors/text/format.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {

std::vector<MappedCode> mapped_code(std::string_view maps) {
  std::vector<MappedCode> codes;
  while (!maps.empty() && codes.size() < kMostMappedCode) {
    // address perms offset dev inode pathname
    std::string_view line = take_until(maps, '\n');
    std::string_view range = take_field(line);
    const auto start = to_number<std::uint64_t>(take_until(range, '-'), 16);
    const auto end = to_number<std::uint64_t>(range, 16);
    const std::string_view rights = take_field(line);
    const auto offset = to_number<std::uint64_t>(take_field(line), 16);
    const std::string_view device = take_field(line);
    const auto inode = to_number<std::uint64_t>(take_field(line));
    std::string_view path = trim_blanks(line);
    const bool code = rights.size() > 2 && rights[2] == 'x';
    if (!start || !end || *end <= *start || !offset || !inode || !code) continue;
    if (!path.starts_with('/') && path != "[vdso]") continue;
    constexpr std::string_view kRemoved = " (deleted)";
    if (path.ends_with(kRemoved)) path.remove_suffix(kRemoved.size());
    codes.push_back({.start = *start,
                     .end = *end,
                     .offset = *offset,
                     .inode = *inode,
                     .device = std::string(device),
                     .path = std::string(path),
                     .range = formatted("{:x}-{:x}", *start, *end)});
  }
  std::ranges::sort(codes, {}, &MappedCode::start);
  return codes;
}

const MappedCode* code_at(const std::vector<MappedCode>& codes, std::uint64_t address) {
  const auto after = std::ranges::upper_bound(codes, address, {}, &MappedCode::start);
  if (after == codes.begin()) return nullptr;
  const MappedCode& before = *std::prev(after);
  return address < before.end ? &before : nullptr;
}

}  // namespace tierwatch
