// SPDX-License-Identifier: MIT
#include "daemon/recorder/load_files.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <variant>

#include "collectors/loads/joined_load.h"
#include "analysis/runs/load_runs.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using WallTime = std::chrono::system_clock::time_point;

constexpr std::uint64_t kBig = 64u << 20;  ///< a file whose reading takes a while
constexpr auto kEarly = 1s;                ///< before the run, by clocks that round
constexpr auto kLate = 2s;                 ///< after it

void show_progress(std::uint64_t done, std::uint64_t total) {
  if (!isatty(STDERR_FILENO)) return;
  const std::string bar = progress_bar(done, total);
  std::fwrite(bar.data(), 1, bar.size(), stderr);
}

std::optional<WallTime> last_written(const std::filesystem::path& file) {
  std::error_code unreadable;
  const auto at = std::filesystem::last_write_time(file, unreadable);
  if (unreadable) return std::nullopt;
  return std::chrono::time_point_cast<WallTime::duration>(std::chrono::file_clock::to_sys(at));
}

void place_within(const RunTime& run, const std::filesystem::path& file, LoadSeries& series) {
  const auto length = std::chrono::duration_cast<WallTime::duration>(
      std::chrono::duration<double>(series.totals.seconds));
  const auto written = last_written(file);
  const bool within =
      written && *written <= run.end + kLate && *written - length >= run.begin - kEarly;
  series.start = within ? *written - length : run.begin;
  series.warnings.push_back(
      series.source + " tells no time of day: it is taken to have " +
      (within ? "ended when the file was last written" : "begun with the run"));
}

void refuse_twice(std::span<const std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) {
      std::error_code unreadable;  // is told when it is read
      const auto file = parse_load_argument(arguments[i]).file;
      if (std::filesystem::equivalent(file, parse_load_argument(arguments[k]).file, unreadable))
        throw ImportError(file.string() + " is given twice");
    }
}

}  // namespace

std::string progress_bar(std::uint64_t done, std::uint64_t total) {
  if (total < kBig) return "";
  if (done >= total) return "\r\x1b[K";
  const auto percent = static_cast<unsigned>(100 * done / total);
  std::string bar(percent / 2, '#');
  bar.resize(50, '.');
  return "\r[" + bar + "] " + std::to_string(percent) + " %";
}

LoadSeries read_load_file(const LoadArgument& load, const std::optional<RunTime>& run) {
  LoadSeries series =
      import_load(load.file, {.format = load.format, .progress = show_progress, .start = {}});
  if (!series.start && run) place_within(*run, load.file, series);
  return run_of_recording(series, run);
}

LoadSeries read_load_files(std::span<const std::string> arguments,
                           const std::optional<RunTime>& run) {
  refuse_twice(arguments);
  std::vector<LoadSeries> loads;
  for (const std::string& argument : arguments) {
    loads.push_back(read_load_file(parse_load_argument(argument), run));
    if (!loads.back().start)
      throw ImportError(loads.back().source +
                        ": it tells no time of day: name the run's file, or say when it was with "
                        "--from and --to");
  }
  auto joined = join_loads(loads);
  if (const auto* why = std::get_if<std::string>(&joined)) throw ImportError(*why);
  return std::get<LoadSeries>(std::move(joined));
}

}  // namespace tierwatch
