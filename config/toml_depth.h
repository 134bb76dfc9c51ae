// SPDX-License-Identifier: MIT
//
// Deep nesting in a TOML text. The parser makes a table for each part of a dotted key and walks
// them by recursion: enough of them overflow the stack.
#pragma once

#include <optional>
#include <string_view>

#include "config/problems.h"

namespace tierwatch {

/// No key here has more than three parts; no value more than three brackets around it.
inline constexpr int kDeepestToml = 32;

/// Where a key has more than kDeepestToml dots, or a value as many brackets around it. Text in
/// quotes and comments is left out. Does not check anything else.
std::optional<Position> too_deep(std::string_view toml);

}  // namespace tierwatch
