// SPDX-License-Identifier: MIT
//
// Writes a recording: the daemon's history and a run's file are the same format
// (docs/recording-format.md). What is added lies in one transaction until commit(); a crash or a
// power cut loses that transaction and nothing else.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "analysis/inside/recorded_inside.h"
#include "analysis/load/run_sample.h"
#include "exporters/recording/history_age.h"
#include "exporters/recording/recording_database.h"
#include "exporters/recording/recording_lock.h"
#include "exporters/recording/recording_rows.h"
#include "exporters/service_state.h"

namespace tierwatch {

/// How much history is kept.
struct RecordingLimits {
  std::chrono::milliseconds keep = std::chrono::hours(24 * 7);
  std::uint64_t max_bytes = 512ull << 20;
  std::int64_t look_every_ticks = 240;  ///< between two looks at age and size
};

/// Not thread-safe. Every function but the destructor may throw RecordingError; the open
/// transaction is then given up, and the next call begins a new one.
class RecordingWriter {
 public:
  /// Makes the file, or goes on with an existing recording.
  RecordingWriter(const std::filesystem::path& file, SessionRow session);

  /// `dropped_ticks`: that could not be recorded since the one before.
  void add(const Snapshot& snapshot, std::uint64_t dropped_ticks = 0);
  void add(const RunMark& mark);
  void add(const LoadSeries& series);
  void add(const InsideNews& news);
  /// Writes the run anew under its number; 0 gets the next free one. Returns the number.
  std::int64_t put(RunRow run);

  /// Notes with the newest tick that so many after it could not be recorded.
  void add_dropped(std::uint64_t ticks);

  /// Waits until the disk has it.
  void commit();
  /// False once the file, or the -wal that holds its newest part, was removed or replaced by
  /// another: what is written then goes where nobody finds it.
  bool keeps_its_file() const;
  /// Then the last thing to do: completes the file that is still held, which may have another name
  /// now, and takes away a -wal that would be read into whatever has its name. Never throws.
  void leave_file();
  bool pending() const { return database_.in_transaction(); }

  /// Deletes what is too old or too much, oldest first, and gives pages back to the file system.
  /// Looks at the first call, then now and then; where there is much to delete (a limit was
  /// lowered) each call deletes a part, some tenths of a second of work, until it is done. What is
  /// old goes by history_age.h.
  void trim(const RecordingLimits& limits);

  /// What the disk has.
  HistoryStanding standing();

  /// The last thing to do: notes the end of the session. `one_file` leaves no -wal and -shm beside
  /// the file, so that it can be sent around.
  void finish(std::chrono::system_clock::time_point at, bool one_file);
  /// That alone; nothing can be written afterwards. Throws RecordingError, and all stays as it is.
  void become_one_file();

 private:
  template <typename Row>
  void insert(const Row& row);
  void insert_label(LoadLabelRow row);
  void insert_stretch(const InsideStretch& stretch);
  template <typename Action>
  void guarded(Action action);
  void begin();
  void forget_what_was_written();
  void add_rows(RecordedTick rows);
  std::int64_t title_number(TitleRow title);
  void add_changed_settings(std::vector<SettingRow> settings);
  void add_notes(const std::vector<std::string>& notes);
  void replay_age();
  std::int64_t first_young(std::int64_t oldest, std::int64_t at_most, double since);
  std::int64_t deletable_before(const RecordingLimits& limits, std::int64_t oldest);
  bool give_pages_back(const RecordingLimits& limits);
  void delete_before(std::int64_t tick);
  std::int64_t used_bytes();

  RecordingLock lock_;  // before the database: closing its file last keeps SQLite's locks
  RecordingDatabase database_;
  std::optional<struct stat> wal_;  ///< absent on a file system where SQLite cannot have one
  std::map<std::string_view, RecordingStatement> inserts_;
  SessionRow session_;
  std::int64_t next_tick_ = 1, next_title_ = 1;
  std::int64_t ticks_since_trim_ = 0;
  bool trim_goes_on_ = true;  ///< there may be more to delete than was at the last look
  HistoryAge age_;

  std::map<std::tuple<pid_t, nanoseconds, std::string, std::string>, std::int64_t> titles_;
  std::map<std::pair<std::string, std::string>, double> settings_;
  std::set<std::string> notes_;  ///< kinds of them, see note_kind.h
  std::optional<std::pair<VerdictState, std::optional<TierResource>>> verdict_;
};

}  // namespace tierwatch
