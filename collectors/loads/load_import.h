// SPDX-License-Identifier: MIT
//
// Reads what a load generator wrote, whichever it was, into one LoadSeries. Files are streamed: a
// file of gigabytes costs no more memory than its points.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/loads/load_series.h"

namespace tierwatch {

/// A file that cannot be read or cannot be right: `run.jtl:17: elapsed is -5; …what to do`.
class ImportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ImportOptions {
  /// One of load_formats(); absent: found out from the file's first bytes.
  std::optional<std::string> format;
  /// Called now and then with the bytes read of the file and its size; may throw to stop.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  /// When the run began, for tools that tell no time of day (wrk, ab, hey, oha); others tell it
  /// themselves, and theirs counts.
  std::optional<std::chrono::system_clock::time_point> start;
};

/// Reads one file, gzip or not; a Locust history is joined with the `_stats.csv` beside it. Rows
/// are requests as the user meets them: JMeter's transactions and sub-results are not counted
/// again. A last row that is cut is left out with a warning. Local times without a zone are read in
/// this machine's zone. Throws ImportError.
LoadSeries import_load(const std::filesystem::path& file, const ImportOptions& options = {});

/// The names that may stand before the colon in FORMAT:FILE, sorted.
std::vector<std::string_view> load_formats();

struct LoadArgument {
  std::optional<std::string> format;
  std::filesystem::path file;
  bool operator==(const LoadArgument&) const = default;
};

/// The name under which standard input is read; a file that is called so is ./-.
inline const std::filesystem::path kStandardInput = "-";

/// Takes `jmeter:run.jtl` or `run.jtl` apart. What stands before a colon is a format if it is one
/// of load_formats(). Throws ImportError when it looks like a format, is none, and no file has the
/// whole name.
LoadArgument parse_load_argument(std::string_view text);

}  // namespace tierwatch
