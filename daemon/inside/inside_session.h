// SPDX-License-Identifier: MIT
//
// What every look inside a tier begins with: the verdict, the tiers and their processes, and time
// that passes while the feed wants to be looked after.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/inside/inside_report.h"
#include "daemon/feeds/top_feed.h"
#include "daemon/inside/inside_looker.h"

namespace tierwatch {

/// What the user asked for.
struct InsideWish {
  std::string tier;  ///< empty: the one that the verdict names
  std::chrono::milliseconds duration = std::chrono::seconds(5);
  unsigned hz = 50;
  bool literals = false;  ///< show the values in statements
};

/// Not thread-safe.
class InsideSession {
 public:
  /// Sleeps until then, on CLOCK_MONOTONIC; false: interrupted.
  using Sleep = std::function<bool(nanoseconds)>;

  /// Throws std::runtime_error where the feed is of another machine.
  InsideSession(std::unique_ptr<TopFeed> feed, std::ostream& errors, Sleep sleep);

  /// Until there is a verdict, or none for too long. Throws std::runtime_error when there is no
  /// snapshot, or it was interrupted.
  void await_verdict();

  const Snapshot& snapshot() const { return *latest_; }
  std::string source() const { return feed_->source(); }
  const Verdict& verdict() const { return verdict_; }  ///< as it was when that was waited for

  /// Sleeps, and looks at what the feed wants to be looked at meanwhile. False: interrupted.
  bool pass_time(nanoseconds deadline);

  /// Takes the newest snapshot: pointers into the one before end.
  void refresh();

  std::optional<std::size_t> tier_named(const std::string& name) const;

  /// Processes of a tier, those with most work first.
  std::vector<const ProcessSample*> members(std::size_t tier) const;

  /// The looker's world, with this session's time.
  InsideLooker::World world();

 private:
  void take(const FeedNews& news);

  std::unique_ptr<TopFeed> feed_;
  std::ostream& errors_;
  Sleep sleep_;
  nanoseconds between_{};
  SnapshotPtr latest_;
  std::string trouble_;
  Verdict verdict_;
};

/// One tier of a session that is looked into by a subject: its processes, and why they cannot be
/// read.
class InsideTier {
 public:
  InsideTier(InsideSession& session, std::shared_ptr<InsideSubject> subject);

  /// False when nothing of it can be read: explain() says why.
  bool attach(std::size_t tier);
  bool any_denied() const;
  std::string explain() const;

  /// Looks for that long, and fills in how it was done. `most_processes` are looked at.
  void look(const InsideWish& wish, std::size_t most_processes, InsideLooks& looks);

  const std::string& name() const { return name_; }

 private:
  /// Pools fork: children are looked at without being named.
  void refresh();
  void add_remarks(std::size_t most_processes, InsideLooks& looks) const;

  InsideSession& session_;
  InsideLooker looker_;
  std::string name_;
  std::vector<const ProcessSample*> processes_;  ///< in the session's snapshot
  InsideTargets targets_;
};

}  // namespace tierwatch
