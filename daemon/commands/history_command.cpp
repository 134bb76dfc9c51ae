// SPDX-License-Identifier: MIT
#include "daemon/commands/history_command.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <ostream>

#include "collectors/text/printable_text.h"
#include "daemon/commands/report_command.h"
#include "daemon/doctor/daemon_state.h"
#include "daemon/recorder/child_process.h"
#include "daemon/sources/run_source.h"
#include "exporters/recording/recording_reader.h"
#include "exporters/report/formats/report_markdown.h"
#include "exporters/report/history_document.h"

namespace tierwatch {
namespace {

/// With the log that SQLite keeps beside it (sqlite.org/wal.html).
std::uint64_t size_of(const std::filesystem::path& file) {
  std::uint64_t size = 0;
  for (const char* end : {"", "-wal", "-shm"}) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file.string() + end, missing);
    if (!missing) size += bytes;
  }
  return size;
}

/// Whoever writes to it does so every second or two, to the log beside it first.
bool grows(const std::filesystem::path& file, double interval_seconds) {
  const auto now = std::filesystem::file_time_type::clock::now();
  const auto patience = stale_history_age(std::chrono::milliseconds(
      static_cast<std::int64_t>(std::clamp(interval_seconds, 0.0, 86'400.0) * 1000)));
  for (const char* end : {"", "-wal"}) {
    std::error_code missing;
    const auto written = std::filesystem::last_write_time(file.string() + end, missing);
    if (!missing && now - written < patience) return true;
  }
  return false;
}

bool is_within(const RecordedWindow& window, std::chrono::system_clock::time_point begin,
               std::chrono::system_clock::time_point end) {
  return (!window.to || begin <= *window.to) && (!window.from || end >= *window.from);
}

void read_rows(RecordingReader& reader, const RecordedWindow& window, HistoryOverview& history) {
  const auto now = std::chrono::system_clock::time_point::max();
  for (SessionRow& row : reader.sessions())
    if (is_within(window, row.begin, row.end.value_or(now)))
      history.sessions.push_back({row.begin, row.end, std::move(row.program),
                                  std::move(row.version), std::move(row.hostname),
                                  row.interval_seconds});
  for (RunRow& row : reader.runs())
    if (is_within(window, row.begin, row.end.value_or(now)))
      history.runs.push_back(
          {std::move(row.name), std::move(row.command), row.begin, row.end, row.exit_status});
  for (RecordedGap& gap : reader.gaps(window))
    history.gaps.push_back({gap.at, std::move(gap.kind), gap.seconds});
  history.marks = reader.marks(window);
}

void read_ticks(RecordingReader& reader, const RecordedWindow& window, HistoryOverview& history) {
  history.ticks = reader.tick_count(window);
  history.dropped_ticks = reader.dropped_ticks(window);
  const std::vector<TierActivity> activity = reader.activity(window);
  if (activity.empty()) return;
  const auto [oldest, newest] = std::ranges::minmax(activity, {}, &TierActivity::at);
  history.oldest = oldest.at;
  history.newest = newest.at;
  for (const TierActivity& one : activity) history.covered_seconds += one.seconds;
  history.stretches = find_load_stretches(activity);
  EpisodeTally episodes;
  reader.each_verdict(window, [&](const VerdictStretch& tick) {
    episodes.add({.begin = tick.begin, .end = tick.end, .state = tick.state, .named = tick.named});
  });
  history.episodes = episodes.take();
  history.sums = sums_of(history.episodes);
  name_stretches(history.episodes, history.stretches);
}

std::string in_format(const HistoryOptions& options, const HistoryOverview& history) {
  if (options.format == "json") return printable_json(history_json(history));
  const std::size_t most = options.all ? std::numeric_limits<std::size_t>::max() : kHistoryRows;
  const ReportDocument document = describe(history, most);
  if (options.format == "md") return report_markdown(document);
  return report_text(document, text_options_of(STDOUT_FILENO));
}

}  // namespace

int run_history(const HistoryOptions& options, std::ostream& out) {
  const std::filesystem::path file = options.file.value_or(default_history());
  RecordingReader reader(file);
  const RecordedWindow window{.from = options.from, .to = options.to};
  HistoryOverview history{.file = file.string(), .size_bytes = size_of(file)};
  if (options.file) history.option = "--history " + shell_quoted({file.string()});
  read_rows(reader, window, history);
  read_ticks(reader, window, history);
  history.windowed = window.from || window.to;
  if (!history.sessions.empty())
    history.grows = grows(file, history.sessions.back().interval_seconds);
  out << in_format(options, history);
  return 0;
}

}  // namespace tierwatch
