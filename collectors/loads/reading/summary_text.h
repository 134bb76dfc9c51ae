// SPDX-License-Identifier: MIT
//
// Reading the summaries that load generators print for people.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/loads/reading/import_input.h"

namespace tierwatch {

inline constexpr const char* kSeveralRuns = "the file holds several runs; the last one is read";
inline constexpr const char* kStillInFlight = "requests still in flight at the end are not counted";

/// What a tool printed, from the last `begin` on; a warning where its text holds several runs.
std::string_view last_run(std::string_view text, std::string_view begin,
                          std::vector<std::string>& warnings);

/// What hey prints, and oha in nearly the same words: counts by status and by error, latencies.
LoadSeries read_answers_summary(ImportInput& input);

/// Words of a line, parted by spaces and tabs.
std::vector<std::string_view> words_of(std::string_view line);

/// What follows the first `key` up to the end of its line, trimmed; absent if it is not there.
std::optional<std::string_view> text_after(std::string_view text, std::string_view key);

/// The first word after `key` as a number.
std::optional<double> number_after(std::string_view text, std::string_view key);

/// "292.00us", "1.03ms", "4.03s", "2.00m", "1.00h", "0.25 secs" in seconds; a unit is a must.
std::optional<double> parse_unit_seconds(std::string_view text);

/// A duration as Go prints it: "1h2m0.5s", "30s", "762.632µs"; in seconds.
std::optional<double> parse_go_seconds(std::string_view text);

/// What follows `key` up to the end of its line, as parse_unit_seconds() reads it.
std::optional<double> unit_seconds_after(std::string_view text, std::string_view key);

/// "1,234", "6k" or "1.5M" of autocannon.
std::optional<double> parse_count(std::string_view text);

/// The latencies of lines `  99.00% in 0.0600 secs` below a heading that ends in `distribution:`.
void read_percent_lines(std::string_view text, LoadTotals& totals);

/// The numbers in `  [200]	480 responses` or `  [30]	Get "http…": refused` below a
/// heading. Calls `count(number in brackets, first number after them, what follows)`.
void for_each_bracket(
    std::string_view text, std::string_view heading,
    const std::function<void(double, std::optional<double>, std::string_view)>& count);

/// The cells of a row of a table that is drawn with │ or |; empty: the line is none.
std::vector<std::string> cells_of(std::string_view line);

/// Without the colours of a terminal (ESC [ … m).
std::string without_colours(std::string_view text);

}  // namespace tierwatch
