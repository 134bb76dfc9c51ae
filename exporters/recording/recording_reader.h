// SPDX-License-Identifier: MIT
//
// Reads recordings back: what the analysis of runs needs, and what a recording says of itself. The
// file may be written to meanwhile, or be left behind by a writer that was killed.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/inside/recorded_inside.h"
#include "analysis/load/run_sample.h"
#include "analysis/load/tier_activity.h"
#include "collectors/loads/load_series.h"
#include "exporters/recording/recording_database.h"
#include "exporters/recording/recording_rows.h"
#include "exporters/verdict_stretch.h"

namespace tierwatch {

/// From and to belong to it; absent: from the beginning, to the end.
struct RecordedWindow {
  std::optional<std::chrono::system_clock::time_point> from, to;
};

/// Number and time of a tick.
using RecordedMoment = std::pair<std::int64_t, std::chrono::system_clock::time_point>;

/// Where a recording lacks something, or its clock was set.
struct RecordedGap {
  std::chrono::system_clock::time_point at{};  ///< of the first tick after it
  std::string kind;    ///< "not recorded", "restarted" (another session), "clock stepped"
  double seconds = 0;  ///< not covered by any tick; or how far the clock was stepped
  bool operator==(const RecordedGap&) const = default;
};

/// Every function may throw RecordingError.
class RecordingReader {
 public:
  /// Throws also when the file does not exist, is no recording, or one of a newer version.
  explicit RecordingReader(const std::filesystem::path& file);

  /// Each sample in turn, in the order in which they were recorded, which is that of `at` unless
  /// the clock was set back (gaps() tells). Holds one at a time, whatever the window.
  void each_sample(const RecordedWindow& window, const std::function<void(RunSample)>& use);
  /// What the tiers did at each tick, in 48 bytes; a whole sample takes 1 kB for each tier.
  std::vector<TierActivity> activity(const RecordedWindow& window = {});
  /// The live verdict of each tick of a window, in the order in which they were recorded.
  void each_verdict(const RecordedWindow& window,
                    const std::function<void(const VerdictStretch&)>& use);
  std::size_t tick_count(const RecordedWindow& window = {});
  std::vector<RunMark> marks(const RecordedWindow& window = {});
  std::vector<RecordedGap> gaps(const RecordedWindow& window = {});
  std::vector<SettingRow> settings();
  /// Of settings those that are told by server_things(), up to the window's end, in order of time.
  std::vector<SettingAt> server_things(const RecordedWindow& window = {});
  std::vector<SessionRow> sessions();
  std::vector<RunRow> runs();
  std::vector<LoadSeries> loads();
  /// What was seen inside tiers, see record --inside. Functions and stacks are those of the file.
  RecordedInside inside(const RecordedWindow& window = {});
  /// Times of the first and the last tick; absent when there is none.
  std::optional<
      std::pair<std::chrono::system_clock::time_point, std::chrono::system_clock::time_point>>
  span();
  /// Number and time of every tick, in the order in which they were recorded.
  std::vector<RecordedMoment> ticks();
  /// All that was recorded at one tick, with the evidence that was in force, and without settings.
  /// Absent when there is no such tick (any more). Titles stand beside the processes.
  std::optional<RecordedTick> tick(std::int64_t number);
  std::vector<std::string> notes(std::int64_t session);
  /// The first and the last tick of a window, by time: by the index, whatever the length of a
  /// recording. Absent when there is none.
  std::optional<RecordedMoment> first_tick(const RecordedWindow& window = {});
  std::optional<RecordedMoment> last_tick(const RecordedWindow& window = {});
  /// Where the verdict began that was in force at the tick before this one; and the next tick with
  /// another verdict than this one's. Cost: of the ticks in between.
  std::optional<RecordedMoment> change_before(std::int64_t number);
  std::optional<RecordedMoment> change_after(std::int64_t number);
  /// Tiers of a tick that have no process there, but had one in the `ticks` before it.
  std::set<std::string> lately_seen(std::int64_t number, std::int64_t ticks);
  /// The first tick at which each tier had a process.
  std::map<std::string, std::int64_t> first_seen();
  /// Ticks that the recorder had to drop, e.g. while the disk was full.
  std::uint64_t dropped_ticks(const RecordedWindow& window = {});

 private:
  std::optional<RecordedMoment> moment(RecordingStatement statement);
  template <typename Row>
  std::vector<Row> rows(const std::string& where, const RecordedWindow& window = {});
  template <typename Row>
  std::string select(const std::string& where);
  struct Cursors;
  void put_label(LoadLabelRow row, LoadSeries& series);
  void put_stacks(RecordedInside& inside);
  void put_counts(RecordedInside& inside, const std::vector<std::int64_t>& stretches);
  template <typename Row>
  RecordingStatement in_window(const std::string& where, const RecordedWindow& window);

  RecordingDatabase database_;
};

}  // namespace tierwatch
