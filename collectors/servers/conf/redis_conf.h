// SPDX-License-Identifier: MIT
//
// Directives of a redis.conf. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

/// Value of a directive in the text of a redis.conf, the last one; absent when it has none.
std::optional<std::string> redis_setting(std::string_view text, std::string_view name);

/// Bytes of data beyond which it refuses to write: maxmemory, with the policy noeviction, which is
/// the default; 0: none, or it evicts. Absent when the number cannot be read.
std::optional<std::uint64_t> redis_memory_limit(std::string_view text);

}  // namespace tierwatch
