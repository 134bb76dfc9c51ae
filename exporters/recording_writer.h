// SPDX-License-Identifier: MIT
//
// Writes a recording: the daemon's history and a run's file are the same format
// (docs/recording-format.md). What is added lies in one transaction until commit(); a crash or a
// power cut loses that transaction and nothing else.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "analysis/run_sample.h"
#include "exporters/recording_database.h"
#include "exporters/recording_rows.h"

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
  /// Writes the run anew under its number; 0 gets the next free one. Returns the number.
  std::int64_t put(RunRow run);

  /// Waits until the disk has it.
  void commit();
  bool pending() const { return database_.in_transaction(); }

  /// Deletes what is too old or too much, oldest first, and gives pages back to the file system;
  /// looks only now and then, and deletes at most four times of what came since, so that a clock
  /// set wrong for an hour cannot take the history with it.
  void trim(const RecordingLimits& limits);

  /// The last thing to do: notes the end of the session. `one_file` leaves no -wal and -shm beside
  /// the file, so that it can be sent around.
  void finish(std::chrono::system_clock::time_point at, bool one_file);

 private:
  template <typename Row>
  void insert(const Row& row);
  template <typename Action>
  void guarded(Action action);
  void begin();
  void forget_what_was_written();
  void add_rows(RecordedTick rows);
  std::int64_t title_number(TitleRow title);
  void add_changed_settings(std::vector<SettingRow> settings);
  void add_notes(const std::vector<std::string>& notes);
  std::int64_t deletable_before(const RecordingLimits& limits, std::int64_t oldest);
  void delete_before(std::int64_t tick);
  std::int64_t used_bytes();

  RecordingDatabase database_;
  std::map<std::string_view, RecordingStatement> inserts_;
  SessionRow session_;
  std::int64_t next_tick_ = 1, next_title_ = 1;
  std::int64_t ticks_since_trim_ = 0;
  std::chrono::system_clock::time_point newest_{};

  std::map<std::tuple<pid_t, nanoseconds, std::string, std::string>, std::int64_t> titles_;
  std::map<std::pair<std::string, std::string>, double> settings_;
  std::set<std::string> notes_;
  std::optional<std::pair<VerdictState, std::optional<TierResource>>> verdict_;
};

}  // namespace tierwatch
