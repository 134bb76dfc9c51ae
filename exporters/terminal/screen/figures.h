// SPDX-License-Identifier: MIT
//
// Figures short enough for a column of a table, as htop's users know them.
#pragma once

#include <optional>
#include <string>

#include "collectors/reading.h"

namespace tierwatch {

/// What stands for a figure that is not known.
inline constexpr const char* kUnknownFigure = "–";

/// "512K", "24.1M", "1.50G", "13.2T": at most five characters.
std::string short_bytes(double bytes);
/// "3.94", "12.3", "128": cores in at most four characters.
std::string short_cores(double cores);
/// "0%", "<1%", "41%", ">999%".
std::string short_percent(double ratio);
/// "0", "9999", "12k", "3.4M": a count in at most four characters.
std::string short_count(double count);
/// "0:04.12", "12:31.00", "3h07:12", "12d03h": CPU time as htop writes it.
std::string short_time(nanoseconds time);
/// "1 s", "250 ms", "2.5 s".
std::string interval_words(nanoseconds interval);

/// The figure, or what stands for one that is not known.
template <typename T, typename Format>
std::string known(const std::optional<T>& value, Format format) {
  return value ? format(static_cast<double>(*value)) : kUnknownFigure;
}

}  // namespace tierwatch
