// SPDX-License-Identifier: MIT
//
// Where `top` gets its snapshots from: this machine, a running daemon, later a recording.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "analysis/snapshot.h"
#include "config/config.h"
#include "exporters/terminal/scene/timeline.h"
#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// What came of asking for a snapshot.
struct FeedNews {
  SnapshotPtr snapshot;       ///< null: nothing newer
  std::string trouble;        ///< why; empty when all is well
  nanoseconds taken_at{};     ///< when the snapshot was taken, on our CLOCK_MONOTONIC
  std::string moment;         ///< of a recording: which one of it this is, for people
  bool back = false;          ///< of a recording: it is earlier than the one before
  bool nobody_there = false;  ///< of a daemon: no socket, or nobody who listens on it
  bool sparse = false;        ///< it is of a recording, which holds less
  bool now = false;           ///< of the past: there was nothing later to go to
  /// Verdicts and marks around the snapshot; without one, of the last hour.
  std::optional<Timeline> around;
};

/// Belongs to the thread that calls sample(), but for the functions that say otherwise.
class TopFeed {
 public:
  virtual ~TopFeed() = default;

  /// The newest snapshot. May take seconds; throws nothing.
  virtual FeedNews sample() = 0;

  /// How often between() wants to be called between two samples; absent: never.
  virtual std::optional<nanoseconds> between_interval() const { return std::nullopt; }
  virtual void between() {}

  /// "sampling by itself", "attached to /run/tierwatch/tierwatch.sock". From any thread.
  virtual std::string source() const = 0;
  /// Users of the snapshots are users of this machine. From any thread.
  virtual bool local() const = 0;
  /// The time between snapshots when `asked` is the time between our questions. From any thread.
  virtual nanoseconds interval(nanoseconds asked, const Snapshot*) const { return asked; }

  /// It is a recording: one moves in it. From any thread.
  virtual bool recorded() const { return false; }
  /// The next sample() shows what was moved to. From any thread.
  virtual void move(const TimeMove&) {}
  /// Starts or stops to play. From any thread.
  virtual void play_or_stop() {}

  /// Threads of this process are wanted, too; 0: of none. From any thread.
  virtual void look_at(pid_t) {}
  /// The next sample() also tells of the hour before, where that is known. From any thread.
  virtual void want_past() {}
  /// Ends a sample() that waits. From any thread.
  virtual void cancel() {}
};

/// For how long somebody looks.
enum class Stay {
  kShort,  ///< some samples: a verdict, one view
  kLong,   ///< until the user has had enough
};

/// What tells of processes where the configuration leaves that open: loading a BPF program costs
/// 150 to 300 ms of CPU time, more than it saves within some samples. Pure.
ProcessSource source_for(ProcessSource configured, Stay stay);

/// Samples this machine. `why` is said of its source, when there is a reason worth that. Throws
/// std::runtime_error when /proc cannot be read at all.
std::unique_ptr<TopFeed> make_local_feed(Config config, const std::string& why = "");

}  // namespace tierwatch
