// SPDX-License-Identifier: MIT
//
// The past of a live view: what it has seen itself, and the daemon's history, looked up by a thread
// of its own, so that a slow disk holds up no key.
#pragma once

#include <optional>

#include "daemon/feeds/feed_pump.h"
#include "daemon/feeds/past_feed.h"
#include "daemon/top/top_command.h"

namespace tierwatch {

/// Belongs to the view's thread.
class TopPast {
 public:
  TopPast(const TopFeed& live, const TopOptions& options);

  int descriptor() const { return pump_.descriptor(); }
  std::optional<FeedNews> take() { return pump_.take(); }

  /// The newest snapshot, to be remembered.
  void add(const SnapshotPtr& snapshot) { memory_.add(snapshot); }
  /// Where the first move begins.
  void begin_at(WallMoment shown) { feed_->begin_at(shown); }
  void move(const TimeMove& move);

 private:
  SnapshotMemory memory_;
  PastFeed* feed_ = nullptr;  ///< the pump's
  FeedPump pump_;
};

/// Where the history of the daemon that is attached to can be read: the file that was named, else
/// that of this machine's daemon; absent when the view samples by itself, or is attached by a URL.
std::optional<std::filesystem::path> history_to_look_back_in(const TopFeed& live,
                                                             const TopOptions& options);

/// The sparklines as they were at an older snapshot of the same boot; of another, nothing is known.
History history_until(History history, const Snapshot& newest, const Snapshot& older);

}  // namespace tierwatch
