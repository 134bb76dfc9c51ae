// SPDX-License-Identifier: MIT
//
// What a backend says that it waits for: a class and an event, in one number (wait_event_info), by
// the names that the server itself shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tierwatch {

/// Versions whose backends are read; others are refused.
inline constexpr int kOldestServer = 13, kNewestServer = 18;

inline constexpr std::uint8_t kWaitLock = 0x03, kWaitActivity = 0x05, kWaitClient = 0x06;

constexpr std::uint8_t wait_class(std::uint32_t info) {
  return static_cast<std::uint8_t>(info >> 24);
}

/// "Lock", "LWLock", "IO", "Client"… the same in all these versions. Empty: none that we know.
std::string_view wait_class_name(std::uint32_t info);

/// "transactionid", "DataFileRead"… Empty where its number's meaning is not known in this version:
/// all are in 15, else those of locks, and ClientRead and ClientWrite.
std::string_view wait_event_name(std::uint32_t info, std::optional<int> version);

}  // namespace tierwatch
