// SPDX-License-Identifier: MIT
#include "exporters/recorded_run.h"

namespace tierwatch {
namespace {

RecordedRun read_window(RecordingReader& reader, const RecordedWindow& window) {
  return {.run = {},
          .samples = reader.samples(window),
          .marks = reader.marks(window),
          .loads = {},
          .gaps = reader.gaps(window),
          .settings = reader.settings(),
          .dropped_ticks = reader.dropped_ticks(window)};
}

}  // namespace

RunData RecordedRun::data() const {
  RunData data;
  data.label = {.name = run.name,
                .command = run.command,
                .begin = run.begin,
                .end = run.end.value_or(samples.empty() ? run.begin : samples.back().at)};
  if (run.exit_status) data.label.exit_status = static_cast<int>(*run.exit_status);
  data.samples = samples;
  data.marks = marks;
  if (!loads.empty()) data.load = &loads.front();
  data.alignment.same_clock = same_clock;
  return data;
}

RecordedRun read_recorded_run(const std::filesystem::path& file) {
  RecordingReader reader(file);
  std::vector<RunRow> runs = reader.runs();
  if (runs.empty()) throw RecordingError(file.string() + ": there is no run in it");
  RecordedRun run = read_window(reader, {});
  run.run = std::move(runs.front());
  run.loads = reader.loads();
  run.same_clock = true;
  return run;
}

RecordedRun read_recorded_window(const std::filesystem::path& file, const RecordedWindow& window) {
  RecordingReader reader(file);
  RecordedRun run = read_window(reader, window);
  if (run.samples.empty())
    throw RecordingError(file.string() + ": nothing was recorded in that time");
  run.run.begin = run.samples.front().at;
  run.run.end = run.samples.back().at;
  return run;
}

}  // namespace tierwatch
