// SPDX-License-Identifier: MIT
//
// Reading the summaries that load generators print for people.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace tierwatch {

/// Words of a line, parted by spaces and tabs.
std::vector<std::string_view> words_of(std::string_view line);

/// What follows the first `key` up to the end of its line, trimmed; absent if it is not there.
std::optional<std::string_view> text_after(std::string_view text, std::string_view key);

/// The first word after `key` as a number.
std::optional<double> number_after(std::string_view text, std::string_view key);

/// "292.00us", "1.03ms", "4.03s", "2.00m", "1.00h" in seconds.
std::optional<double> parse_unit_seconds(std::string_view text);

}  // namespace tierwatch
