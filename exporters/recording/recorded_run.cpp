// SPDX-License-Identifier: MIT
#include "exporters/recording/recorded_run.h"

#include <algorithm>

#include "analysis/load/sample_merger.h"
#include "collectors/loads/joined_load.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

/// What the run kept; when that cannot be one load, its first, and a warning that says why.
std::optional<LoadSeries> load_of(const std::vector<LoadSeries>& loads) {
  if (loads.empty()) return std::nullopt;
  auto joined = join_loads(loads);
  if (auto* load = std::get_if<LoadSeries>(&joined)) return std::move(*load);
  LoadSeries first = loads.front();
  first.warnings.push_back("only " + first.source + " is used: " + std::get<std::string>(joined));
  return first;
}

constexpr std::string_view kClockStepped = "clock stepped";

/// Tells what was before the clock was set by the new clock, as if it had always gone right: else a
/// run of a minute would last for an hour. Where it was set back, times of marks and results that
/// both clocks have told count as the old one's.
void even_out_clock(RecordedRun& run, const RecordedGap& step) {
  const auto by = duration_of(step.seconds);
  const auto old_end = step.at - by;
  const auto even_out = [&](std::chrono::system_clock::time_point& at) {
    if (at <= old_end) at += by;
  };
  for (RunSample& sample : run.samples) {
    if (sample.at == step.at) break;
    sample.at += by;
  }
  even_out(run.run.begin);
  for (RunMark& mark : run.marks) even_out(mark.at);
  for (SettingAt& thing : run.things) even_out(thing.at);
  for (InsideStretch& stretch : run.inside.stretches) even_out(stretch.at);
  for (LoadSeries& load : run.loads)
    if (load.start) even_out(*load.start);
  for (RecordedGap& gap : run.gaps) {
    if (gap == step) break;
    gap.at += by;
  }
}

std::string gap_words(const RecordedGap& gap, bool evened_out) {
  const std::string time = local_time(gap.at, "%H:%M:%S");
  if (gap.kind == kClockStepped)
    return std::string("the clock was set by ") + two_digits(gap.seconds) + " s at " + time +
           ": times before it are by the " + (evened_out ? "new" : "old") + " clock";
  const std::string missing =
      gap.seconds > 0 ? ": " + few_digits(gap.seconds) + " s before it were not recorded" : "";
  return (gap.kind == "restarted" ? "recording began anew at " : "recording went on at ") + time +
         missing;
}

/// What a reader must know of the recording before he believes the report.
std::vector<std::string> notes_of(const RecordedRun& run, bool whole_run) {
  std::vector<std::string> notes;
  if (whole_run && !run.run.end)
    notes.push_back(
        "the run did not end while it was recorded: tierwatch was killed, or it still runs; all "
        "that was written until then is here");
  if (run.run.signal)
    notes.push_back("the load generator was killed by signal " + std::to_string(*run.run.signal));
  if (run.dropped_ticks > 0)
    notes.push_back(std::to_string(run.dropped_ticks) +
                    " samples could not be written: the disk was full or too slow");
  if (run.ticks_per_sample > 1)
    notes.push_back("the window is long: each " + std::to_string(run.ticks_per_sample) +
                    " samples were joined to one, and what is shorter does not show; choose a "
                    "shorter one with --from and --to");
  for (const RecordedGap& gap : run.gaps) notes.push_back(gap_words(gap, whole_run));
  return notes;
}

RecordedRun read_window(RecordingReader& reader, const RecordedWindow& window,
                        std::size_t most_samples) {
  const std::size_t together =
      std::max<std::size_t>(1, (reader.tick_count(window) + most_samples - 1) / most_samples);
  SampleMerger merger(together);
  reader.each_sample(window, [&](RunSample sample) { merger.add(std::move(sample)); });
  return {.run = {},
          .samples = merger.take(),
          .marks = reader.marks(window),
          .loads = {},
          .load = {},
          .gaps = reader.gaps(window),
          .settings = reader.settings(),
          .things = reader.server_things(window),
          .inside = reader.inside(window),
          .dropped_ticks = reader.dropped_ticks(window),
          .ticks_per_sample = together};
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
  data.things = things;
  if (!inside.empty()) data.inside = &inside;
  if (load) data.load = &*load;
  data.alignment.same_clock = same_clock;
  data.notes = notes_of(*this, same_clock);
  return data;
}

RecordedRun read_recorded_run(const std::filesystem::path& file) {
  RecordingReader reader(file);
  std::vector<RunRow> runs = reader.runs();
  if (runs.empty()) throw RecordingError(file.string() + ": there is no run in it");
  RecordedRun run = read_window(reader, {}, kMostSamples);
  run.run = std::move(runs.front());
  run.loads = reader.loads();
  const std::vector<RecordedGap> gaps = run.gaps;  // each step moves those before it
  for (const RecordedGap& gap : gaps)
    if (gap.kind == kClockStepped) even_out_clock(run, gap);
  run.load = load_of(run.loads);
  run.same_clock = true;
  return run;
}

RecordedRun read_recorded_window(const std::filesystem::path& file, const RecordedWindow& window,
                                 std::size_t most_samples) {
  RecordingReader reader(file);
  RecordedRun run = read_window(reader, window, most_samples);
  if (run.samples.empty())
    throw RecordingError(file.string() + ": nothing was recorded in that time");
  run.run.begin = run.samples.front().at;
  run.run.end = run.samples.back().at;
  return run;
}

}  // namespace tierwatch
