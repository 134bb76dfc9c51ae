// SPDX-License-Identifier: MIT
//
// What keys of the view ask of the world: run beside the view, told in its pane.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/feeds/top_feed.h"
#include "daemon/top/side_work.h"
#include "exporters/terminal/scene/errand.h"
#include "exporters/terminal/screen/frame.h"

namespace tierwatch {

/// The newest snapshot, for whoever works beside the view. Thread-safe.
class NewestSnapshot {
 public:
  void set(SnapshotPtr snapshot) {
    const std::lock_guard lock(mutex_);
    snapshot_ = std::move(snapshot);
  }
  SnapshotPtr get() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

 private:
  mutable std::mutex mutex_;
  SnapshotPtr snapshot_;  ///< guarded by mutex_
};

/// Belongs to the view's thread.
class TopErrands {
 public:
  /// `live` is asked for its words only.
  explicit TopErrands(const TopFeed& live);

  int descriptor() const { return work_.descriptor(); }
  int message_descriptor() const { return writing_.descriptor(); }
  /// What the errands see.
  void show(const SnapshotPtr& snapshot) { newest_->set(snapshot); }

  /// What stands in the pane until the answer comes. Ends what is under way.
  Pane begin(const ErrandWish& wish);
  /// Writes what was seen, or the snapshot where the file is to be JSON.
  void write(const std::string& file, const Frame& seen, const SnapshotPtr& snapshot);
  /// How that went, in one line.
  std::optional<std::string> take_message() { return writing_.take(); }
  /// Sends a signal, at once. Returns how that went, in one line.
  std::string signal(const ErrandWish& wish) const;
  /// Nobody looks any more.
  void stop() { work_.stop(); }
  /// The answer.
  std::optional<std::string> take() { return work_.take(); }

 private:
  Pane look_inside_of(const std::string& tier);
  Pane read_environment(const ErrandWish& wish);
  Pane read_logs(const ErrandWish& wish);

  std::string source_;
  std::shared_ptr<NewestSnapshot> newest_ = std::make_shared<NewestSnapshot>();
  SideWork work_, writing_;
};

}  // namespace tierwatch
