// SPDX-License-Identifier: MIT
//
// One run under record: samples before, during and after the other program, hands signals on to it,
// writes marks.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daemon/recorder/child_process.h"
#include "daemon/feeds/local_feed.h"
#include "daemon/service/mark_socket.h"
#include "daemon/recorder/output_relay.h"
#include "daemon/recorder/record_options.h"
#include "daemon/recorder/run_signals.h"
#include "daemon/recorder/status_line.h"
#include "daemon/service/tick_schedule.h"
#include "collectors/loads/load_import.h"
#include "exporters/recording/queued_recorder.h"

namespace tierwatch {

/// How a run ended.
struct RunEnd {
  ChildEnd child;
  int output_error = 0;  ///< errno: standard output did not take what the program printed
};

class RecordRun {
 public:
  /// Makes the file. Throws what run_record() does.
  RecordRun(const RecordOptions& options, const std::string& name,
            const std::filesystem::path& file);

  /// Runs the program to its end; absent when a signal came before it was started. Throws
  /// ChildError.
  std::optional<RunEnd> run();

 private:
  bool watch_until(nanoseconds end);
  void start_child();
  ChildEnd watch_child();
  bool wait_once(nanoseconds until);
  void on_signal(const RunSignal& signal);
  void stop_with_child();
  void on_deadline();
  void tick();
  void show_status();
  void write_run(const ChildEnd& end);
  void write_loads(const RelayedOutput& output);
  void write_load(const LoadArgument& load);
  void write_printed_loads(const RelayedOutput& output);
  std::optional<LoadSeries> read_printed(std::string_view text) const;

  const RecordOptions& options_;
  RunSignals signals_;  // before any thread
  std::vector<LoadArgument> loads_;
  StatusLine status_;
  std::unique_ptr<OutputRelay> relay_;
  LocalFeed feed_;
  TickSchedule ticks_, queue_looks_;
  MarkSocket marks_;
  std::string trouble_;  ///< of the recorder; written by its thread, read after it has ended
  std::unique_ptr<QueuedRecorder> recorder_;
  std::unique_ptr<ChildProcess> child_;
  nanoseconds child_started_{};
  RunRow run_;
  SnapshotPtr latest_;
  bool interrupted_ = false;
};

}  // namespace tierwatch
