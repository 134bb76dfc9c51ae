// SPDX-License-Identifier: MIT
//
// What a process or thread calls itself, in its own pid namespace.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "collectors/text/text_scan.h"

namespace tierwatch {

/// The last number of "NSpid:\t4711\t12" in a status file.
inline std::optional<std::uint64_t> own_number(std::string_view status) {
  const auto line = status.find("\nNSpid:");
  if (line == status.npos) return std::nullopt;
  std::string_view rest = status.substr(line + 7);
  rest = take_until(rest, '\n');
  std::optional<std::uint64_t> last;
  while (const auto number = take_number<std::uint64_t>(rest)) last = number;
  return last;
}

}  // namespace tierwatch
