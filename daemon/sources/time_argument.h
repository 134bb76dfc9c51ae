// SPDX-License-Identifier: MIT
//
// Moments as people type them: `--from 14:05 --to 14:20`.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tierwatch {

/// `2026-11-21 14:05[:30]` and `14:05[:30]` (of today) in this machine's zone, `@1760000000`
/// seconds since the epoch, `-20m` before `now`. Absent for any other text.
std::optional<std::chrono::system_clock::time_point> parse_moment(
    std::string_view text, std::chrono::system_clock::time_point now);

}  // namespace tierwatch
