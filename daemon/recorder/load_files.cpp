// SPDX-License-Identifier: MIT
#include "daemon/recorder/load_files.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <variant>

#include "analysis/load/load_runs.h"
#include "collectors/loads/formats/other_outputs.h"
#include "collectors/loads/formats/printed_results.h"
#include "collectors/loads/joined_load.h"
#include "collectors/loads/reading/summary_text.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "daemon/recorder/status_line.h"
#include "daemon/service/log.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using WallTime = std::chrono::system_clock::time_point;

constexpr std::uint64_t kBig = 64u << 20;  ///< a file whose reading takes a while
constexpr auto kEarly = 1s;                ///< before the run, by clocks that round
constexpr auto kLate = 2s;                 ///< after it
constexpr int kOfTheLoad = 2;              ///< one part in so many must have been recorded

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
  const auto length = duration_of(series.totals.seconds);
  if (length > kOfTheLoad * (run.end - run.begin) + kEarly + kLate)
    throw ImportError(series.source + ": it has no times of day and lasted " +
                      length_words(series.totals.seconds) + ", while " +
                      length_words(seconds_of(run.end - run.begin)) +
                      " were recorded: it is of another run, or most of its run was not recorded");
  const auto written = last_written(file);
  const bool within =
      written && *written <= run.end + kLate && *written - length >= run.begin - kEarly;
  series.start = within ? *written - length : run.begin;
  series.start_is_guessed = true;
  series.warnings.push_back(
      series.source + " has no times of day: " +
      (within ? "it is taken to have ended when the file was last written"
              : "unless what the servers did tells where it belongs, it is taken to have begun "
                "with the run"));
}

void refuse_twice(std::span<const std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) {
      std::error_code unreadable;  // is told when it is read
      const auto file = parse_load_argument(arguments[i]).file;
      const auto other = parse_load_argument(arguments[k]).file;
      if ((file == kStandardInput && other == file) ||
          std::filesystem::equivalent(file, other, unreadable))
        throw ImportError(file.string() + " is given twice");
    }
}

std::optional<LoadSeries> read_printed(std::string_view text, WallTime begin) {
  // Without a name: in a directory that others may write to they could have it ready.
  const FileDescriptor file(memfd_create("printed", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), text)) return std::nullopt;
  std::optional<LoadSeries> load;
  try {
    load = import_load("/proc/self/fd/" + std::to_string(file.get()), {.start = begin});
    load->source = "what it printed";
  } catch (const ImportError& error) {
    if (const auto known = known_other_output(without_colours(text)))
      std::cerr << told_line("what was printed is " + *known + " and name it with --load");
    log_debug(error.what());
  }
  return load;
}

/// wrk, ab, hey and others print their results, scripts that call them several; what is none of
/// them is left alone.
std::vector<LoadSeries> printed_loads(const RelayedOutput& output, WallTime begin) {
  std::vector<LoadSeries> loads;
  const auto results = printed_results(output.text);
  for (const PrintedResult& result : results) {
    auto load =
        read_printed(std::string_view(output.text).substr(result.begin, result.size), begin);
    if (!load) continue;
    // It is printed when its run is over.
    const auto told = output.arrival_of(result.told_at);
    if (told && result.of_summary)
      load->start = std::max(begin, *told - duration_of(load->totals.seconds));
    if (results.size() > 1) load->source = "printed by " + load->tool;
    loads.push_back(*std::move(load));
  }
  if (const auto unread = results.size() - loads.size(); unread > 0 && results.size() > 1)
    std::cerr << "tierwatch: " << unread << " of " << results.size()
              << " printed results could not be read; the report is made without them\n";
  return loads;
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

bool lies_within(const LoadSeries& load, const RunTime& run) {
  if (!load.start || load.start_is_guessed) return false;
  const auto length = load.points.empty() ? duration_of(load.totals.seconds)
                                          : load.points.back().begin + load.points.back().length;
  return *load.start + kLate >= run.begin && *load.start + length <= run.end + kLate;
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
                        ": it has no times of day: name the run's file, or say when it was with "
                        "--from and --to");
  }
  auto joined = join_loads(loads);
  if (const auto* why = std::get_if<std::string>(&joined)) throw ImportError(*why);
  return std::get<LoadSeries>(std::move(joined));
}

std::vector<LoadSeries> loads_of_run(std::span<const LoadArgument> files,
                                     const RelayedOutput& output, const RunTime& run) {
  if (files.empty()) return printed_loads(output, run.begin);
  std::vector<LoadSeries> loads;
  for (const LoadArgument& file : files) {
    try {
      loads.push_back(read_load_file(file, run));
    } catch (const ImportError& error) {
      std::cerr << told_line("the run is recorded without " + file.file.string() + ": " +
                             error.what());
    }
  }
  return loads;
}

}  // namespace tierwatch
