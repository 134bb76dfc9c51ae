// SPDX-License-Identifier: MIT
//
// Everything a frame is made of but the view's own state: the data, where it comes from, the size
// of the screen.
#pragma once

#include <functional>
#include <string>

#include "analysis/snapshot.h"
#include "exporters/terminal/scene/history.h"
#include "exporters/terminal/screen/frame.h"

namespace tierwatch {

/// Where snapshots come from, and how that is going.
struct FeedStatus {
  std::string source;      ///< "sampling by itself", "attached to /run/tierwatch/tierwatch.sock"
  std::string trouble;     ///< why nothing newer comes; else empty
  nanoseconds interval{};  ///< between snapshots
  std::optional<nanoseconds> age;  ///< of the snapshot; absent before the first
  bool recorded = false;           ///< it is a recording: one can move in time
  std::string moment;              ///< of the recording; takes the place of the age
};

struct Scene {
  SnapshotPtr snapshot;  ///< null before the first
  SnapshotPtr before;    ///< the one before it, for rates of threads; may be null
  const History* history = nullptr;
  FeedStatus feed;
  Size size;
  Charset charset = Charset::kUnicode;
  /// Login name of a user; empty when it has none. Null: users are shown as numbers.
  std::function<std::string(uid_t)> user_name;
};

}  // namespace tierwatch
