// SPDX-License-Identifier: MIT
//
// A run, or a window of history, as it is read from a recording for the analysis.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "analysis/runs/run_findings.h"
#include "exporters/recording/recording_reader.h"

namespace tierwatch {

/// No window is read into more samples: an hour of `record`, five hours of history; of a longer one
/// neighbours are joined, see SampleMerger.
inline constexpr std::size_t kMostSamples = 18'000;

/// What the analysis of one run needs, and what a report must say of the recording itself. The
/// values that RunData only points to live here.
struct RecordedRun {
  /// Of a window: without a number, name and command; begin and end are those of the samples.
  RunRow run;
  std::vector<RunSample> samples;
  std::vector<RunMark> marks;
  std::vector<LoadSeries> loads;   ///< as recorded: one for each file or printed result
  std::optional<LoadSeries> load;  ///< all of them as one, see join_loads()
  std::vector<RecordedGap> gaps;
  std::vector<SettingRow> settings;
  std::vector<SettingAt> things;  ///< of servers, see server_changes.h
  RecordedInside inside;          ///< empty: nobody looked
  std::uint64_t dropped_ticks = 0;
  std::size_t ticks_per_sample = 1;  ///< more where the window is longer than kMostSamples ticks
  bool same_clock = false;           ///< the load generator ran here: it was started by `record`

  /// Valid as long as this lives.
  RunData data() const;
};

/// The run in a run's file. Throws RecordingError, also when there is none.
RecordedRun read_recorded_run(const std::filesystem::path& file);

/// A window of any recording, marks and gaps in it included. Throws RecordingError, also when
/// nothing was recorded in it.
RecordedRun read_recorded_window(const std::filesystem::path& file, const RecordedWindow& window,
                                 std::size_t most_samples = kMostSamples);

}  // namespace tierwatch
