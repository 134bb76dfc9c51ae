// SPDX-License-Identifier: MIT
//
// A recording behind a bounded queue, written by a thread of its own: a disk is slowest exactly
// when the host is saturated, and sampling must not wait for it. What cannot be written is counted
// and tried again later; nothing here throws once it runs.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "analysis/snapshot.h"
#include "exporters/recording/recording_writer.h"

namespace tierwatch {

struct RecorderOptions {
  std::filesystem::path file;
  SessionRow session;
  /// Absent: everything is kept.
  std::optional<RecordingLimits> limits;
  /// What waits for the disk or is on its way there; more is dropped and counted. One tick may
  /// always wait. A tick of a host with 5,000 processes holds some 4 MB (snapshot_size.h).
  std::size_t queued_ticks = 64;
  std::size_t queued_bytes = 64u << 20;
  std::chrono::milliseconds commit_every{1000};
  std::chrono::milliseconds retry_after{5000};  ///< when nothing can be written
  bool one_file = false;                        ///< see RecordingWriter::finish()
  /// Called by the recording thread for each attempt to write that failed.
  std::function<void()> failed;
  /// Called by the recording thread when it has opened the file for the first time.
  std::function<void()> opened;
  /// Called by the recording thread after each transaction, with what the disk has now.
  std::function<void(const HistoryStanding&)> stands{};
};

class QueuedRecorder {
 public:
  /// What there is to say, when trouble begins and when it ends; called by the recording thread.
  using Tell = std::function<void(const std::string&)>;

  /// The file is opened by the recording thread, again and again until it can be.
  QueuedRecorder(RecorderOptions options, Tell tell);
  /// With a file that is open already.
  QueuedRecorder(RecorderOptions options, Tell tell, std::unique_ptr<RecordingWriter> writer);
  /// Calls finish().
  ~QueuedRecorder();
  QueuedRecorder(const QueuedRecorder&) = delete;
  QueuedRecorder& operator=(const QueuedRecorder&) = delete;

  /// Never waits for the disk. Thread-safe, as all that follow.
  void add(SnapshotPtr snapshot);
  /// These are never dropped; while nothing can be written they wait (the first 10,000 of them).
  void add(RunMark mark) { add_kept(std::move(mark)); }
  /// What became of a mark: empty when the disk has it, else why it has not. Called once, by the
  /// recording thread or, when too many wait already, by the caller's. Must not throw.
  using Answer = std::function<void(const std::string& problem)>;
  /// Is written at once, for somebody who waits for the answer.
  void add(RunMark mark, Answer answer) { add_kept(AskedMark{std::move(mark), std::move(answer)}); }
  void add(RunRow run) { add_kept(std::move(run)); }
  void add(LoadSeries series) { add_kept(std::move(series)); }
  void add(InsideNews news) { add_kept(std::move(news)); }

  /// Waits until all that was added so far is on the disk, or could not be written.
  void settle();

  /// Ticks lost since start: the queue was full, or the disk did not take them. Never falls.
  std::uint64_t dropped_ticks() const { return dropped_; }

  /// Writes what is queued, ends the session and closes the file. False when not all could be
  /// written.
  bool finish();

 private:
  struct AskedMark {
    RunMark mark;
    Answer answer;  ///< null once it was given
  };
  using Kept = std::variant<RunMark, RunRow, LoadSeries, InsideNews, AskedMark>;
  struct QueuedTick {
    SnapshotPtr snapshot;
    std::size_t bytes = 0;
  };
  using Ticks = std::deque<QueuedTick>;

  void add_kept(Kept item);
  void run();
  void write(Ticks ticks, std::deque<Kept> kept, bool commit_now);
  void write_now(Ticks& ticks, std::deque<Kept>& kept, bool commit_now);
  void open_file();
  void leave_lost_file();
  void let_go(Ticks& ticks);
  void commit();
  static void answer(std::deque<Kept>& kept, const std::string& problem);
  void lose(Ticks& ticks, std::deque<Kept>& kept, const std::string& why);
  bool end_session();
  void leave_one_file();

  RecorderOptions options_;
  Tell tell_;
  std::unique_ptr<RecordingWriter> writer_;  ///< from here on: of the recording thread
  std::uint64_t ticks_in_transaction_ = 0;
  std::deque<Kept> kept_in_transaction_;
  std::chrono::steady_clock::time_point commit_at_;
  /// Set while nothing can be written: when it is tried again.
  std::optional<std::chrono::steady_clock::time_point> retry_at_;
  std::uint64_t lost_ = 0;     ///< ticks that no recorded tick reports yet
  std::uint64_t telling_ = 0;  ///< that ticks of the open transaction report
  std::string why_;            ///< of the newest trouble
  bool complete_ = true;

  std::mutex mutex_;
  std::condition_variable news_, settled_;
  Ticks ticks_;                                  ///< this and the next ones are guarded by mutex_
  std::size_t held_ticks_ = 0, held_bytes_ = 0;  ///< queued, or on their way to the disk
  std::deque<Kept> kept_;
  bool kept_is_new_ = false;  ///< some of it was not tried yet
  std::uint64_t overflowed_ = 0;
  bool stopping_ = false;
  bool settle_ = false;  ///< somebody waits

  std::atomic<std::uint64_t> dropped_ = 0;
  std::thread thread_;
};

}  // namespace tierwatch
