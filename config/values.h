// SPDX-License-Identifier: MIT
//
// How single values are written in the configuration and on the command line: durations, sizes,
// addresses, names. Pure; where a check can fail for several reasons it returns the reason, without
// the value it is about.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tierwatch {

/// "200ms", "1s", "2m" (minutes), "1h", "7d": a whole number and a unit, nothing between. Absent
/// when it is not one or too large to count in milliseconds.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// What the sampling interval may be: shorter, the watcher becomes a load itself; longer, nothing
/// it says is of use.
inline constexpr std::chrono::milliseconds kLeastInterval{50}, kMostInterval{3'600'000};

/// The way back, in the largest unit that is exact: 60,000 ms is "1m".
std::string format_duration(std::chrono::milliseconds duration);

/// "512MiB", "1GiB", "64KiB", "100B". Absent when it is not one.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// What is wrong with an address to listen on; absent for "host:port", ":port", "[v6]:port",
/// "unix:/absolute/path".
std::optional<std::string> listen_address_problem(std::string_view address);

/// What is wrong with a URL to push to, to stand behind it; absent for "http://host...",
/// "https://host..." and "".
std::optional<std::string> push_url_problem(std::string_view url);

/// What is wrong with a header to send, to stand behind its name.
std::optional<std::string> push_header_problem(std::string_view name, std::string_view value);

/// How often samples may be pushed: shorter, an hour of them would not fit into the queue.
inline constexpr std::chrono::milliseconds kLeastPushInterval{5000}, kMostPushInterval{3'600'000};

/// What is wrong with a tier's listener pattern; absent for "tcp:PORT", "tcp:ADDRESS:PORT",
/// "unix:/path/or/glob".
std::optional<std::string> listener_pattern_problem(std::string_view pattern);

/// What is wrong with a glob; absent when nothing is. fnmatch(3) itself takes an unclosed '[' for a
/// plain character.
std::optional<std::string> glob_problem(std::string_view glob);

/// What is wrong with the name of a tier or role: these become label values, so [a-z0-9_-]+, at
/// most 63 bytes.
std::optional<std::string> name_problem(std::string_view name);

/// The levels of the log, most talkative first.
std::span<const std::string_view> log_levels();

/// The candidate that is nearest by edit distance; absent when even that is no likely slip of the
/// hand.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

}  // namespace tierwatch
