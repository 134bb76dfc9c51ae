// SPDX-License-Identifier: MIT
#include "daemon/sources/run_source.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "analysis/load/alignment.h"
#include "collectors/seconds.h"
#include "config/config.h"
#include "daemon/doctor/running_daemon.h"
#include "daemon/recorder/load_files.h"
#include "daemon/service/history.h"
#include "exporters/recording/recording_reader.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;

constexpr auto kAround = 60s;        ///< of history, before a run and after it
constexpr auto kFarthestZone = 14h;  ///< from UTC

std::chrono::nanoseconds length_of(const LoadSeries& load) {
  if (!load.points.empty()) return load.points.back().begin + load.points.back().length;
  return duration_of(load.totals.seconds);
}

RecordedWindow around(std::chrono::system_clock::time_point begin, std::chrono::nanoseconds length,
                      std::chrono::nanoseconds margin) {
  using Wall = std::chrono::system_clock::duration;
  return {.from = begin - std::chrono::duration_cast<Wall>(margin),
          .to = begin + std::chrono::duration_cast<Wall>(length + margin)};
}

std::chrono::system_clock::time_point last_sample(const RecordedRun& recorded) {
  return recorded.samples.empty() ? recorded.run.begin : recorded.samples.back().at;
}

/// Part of a history, with where the load lies in it.
struct Searched {
  RecordedWindow window;
  ClockOffset clock;
};

/// Absent when nothing was recorded so near to what the file's times say.
std::optional<Searched> search_within(const RunRequest& request, const LoadSeries& load,
                                      const AlignmentHints& hints,
                                      std::chrono::nanoseconds margin) {
  using Wall = std::chrono::system_clock::duration;
  const auto begin = *load.start + std::chrono::duration_cast<Wall>(hints.given.value_or(0ns));
  const RecordedWindow window = around(begin, length_of(load), margin + kAround);
  const auto activity = RecordingReader(request.history).activity(window);
  if (activity.empty()) return std::nullopt;
  return Searched{window, align(load, activity, hints)};
}

/// The window in which the load ran, by its own stamps and what the server did. A clock that is
/// wrong by a whole zone is thought of when the stamps fit nothing.
RecordedRun search_history(const RunRequest& request, const LoadSeries& load,
                           const AlignmentHints& hints) {
  const bool search = !hints.given;
  std::optional<Searched> found;
  if (load.zone_known || !search)
    found = search_within(request, load, hints, search ? hints.search : 0s);
  const bool sure =
      found && found->clock.usable() && found->clock.source != ClockOffset::Source::kAssumed;
  if (search && !sure) {
    auto wide = search_within(request, load, hints, hints.search + kFarthestZone);
    const bool convincing = wide && wide->clock.source == ClockOffset::Source::kCorrelation;
    if (wide && (!found || convincing)) found = std::move(wide);
  }
  if (!found)
    throw RecordingError(request.history.string() + ": nothing was recorded when " + load.source +
                         " says that it ran, nor a zone away");
  if (!found->clock.usable() || !search)
    return read_recorded_window(request.history, found->window);
  using Wall = std::chrono::system_clock::duration;
  const auto begin = *load.start + std::chrono::duration_cast<Wall>(found->clock.offset);
  return read_recorded_window(request.history, around(begin, length_of(load), kAround));
}

}  // namespace

std::filesystem::path default_history() {
  HistoryConfig history;
  try {
    history = load_config_or_default(config_of_the_daemon()).history;
  } catch (const ConfigError&) {  // not to be read, or wrong: then as it is unless told otherwise
  }
  if (history.path == "none") return {};
  return history_file(history).value_or("/var/lib/tierwatch/history.db");
}

std::string history_problem(const std::filesystem::path& history) {
  if (history.empty())
    return std::string("the daemon keeps no history: [history] path = \"none\" in ") +
           kDefaultConfigPath + "; name a recording with --history FILE, or a run's file";
  if (access(history.c_str(), R_OK) == 0) return "";
  const int why = errno;
  const std::string problem = history.string() + ": " + std::strerror(why);
  if (why == EACCES) return problem + "; run this with sudo, or as a member of the group tierwatch";
  return problem +
         "; the daemon keeps history once it runs (systemctl enable --now tierwatch); if yours "
         "keeps it elsewhere, name it with --history FILE";
}

bool is_among(const std::filesystem::path& file, const std::vector<std::filesystem::path>& others) {
  return std::ranges::any_of(others, [&](const std::filesystem::path& other) {
    std::error_code unreadable;  // is told when it is read
    return file == other || std::filesystem::equivalent(file, other, unreadable);
  });
}

RunData FoundRun::data() const {
  RunData data = recorded.data();
  data.alignment = alignment;
  return data;
}

FoundRun find_run(const RunRequest& request) {
  FoundRun found;
  found.alignment.given = request.clock_offset;
  const bool window = request.window.from || request.window.to;
  if (!request.run && !request.history_given)
    if (const std::string problem = history_problem(request.history); !problem.empty())
      throw RecordingError(problem);
  if (request.run && !window) {
    found.recorded = read_recorded_run(*request.run);
    // Another file than those that the run kept may come from another machine.
    found.alignment.same_clock = found.recorded.same_clock && request.loads.empty();
  } else if (request.run || window || request.loads.empty()) {
    found.recorded = read_recorded_window(request.run.value_or(request.history), request.window);
  }
  if (request.loads.empty()) return found;
  const bool searched = !request.run && !window;
  const RunRow& run = found.recorded.run;
  std::optional<RunTime> time;
  if (!searched) time = RunTime{run.begin, run.end.value_or(last_sample(found.recorded))};
  LoadSeries load = read_load_files(request.loads, time);
  if (request.run && !window && found.recorded.same_clock)
    found.alignment.same_clock = lies_within(load, *time);
  if (searched) found.recorded = search_history(request, load, found.alignment);
  found.recorded.load = std::move(load);
  return found;
}

}  // namespace tierwatch
