// SPDX-License-Identifier: MIT
//
// Everything a frame is made of but the view's own state: the data, where it comes from, the size
// of the screen.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis/snapshot.h"
#include "exporters/terminal/scene/errand.h"
#include "exporters/terminal/scene/history.h"
#include "exporters/terminal/scene/timeline.h"
#include "exporters/terminal/screen/frame.h"

namespace tierwatch {

/// Where snapshots come from, and how that is going.
struct FeedStatus {
  std::string source;      ///< "sampling by itself", "attached to /run/tierwatch/tierwatch.sock"
  std::string trouble;     ///< why nothing newer comes; else empty
  nanoseconds interval{};  ///< between snapshots
  std::optional<nanoseconds> age;      ///< of the snapshot; absent before the first
  bool local = true;                   ///< of this machine, surely
  bool recorded = false;               ///< a recording is played
  std::vector<std::string> arguments;  ///< options of `tierwatch top` that lead there
  std::string moment;                  ///< of the recording or the past; takes the place of the age
  bool past = false;                   ///< a live view was stepped back: what is shown is over
  WallMoment newest{};                 ///< when it is: of the newest sample, which is not shown
  bool sparse = false;                 ///< what is shown is of a recording, which holds less
};

struct Scene {
  SnapshotPtr snapshot;  ///< null before the first
  SnapshotPtr before;    ///< the one before it, for rates of threads; may be null
  const History* history = nullptr;
  const Timeline* timeline = nullptr;
  FeedStatus feed;
  std::string message;    ///< how an errand went: in place of the keys until the next one
  bool clipboard = true;  ///< the terminal may have one
  Pane pane;              ///< what the last errand has found, or says while it is under way
  Size size;
  Charset charset = Charset::kUnicode;
  /// Login name of a user; empty when it has none. Null: users are shown as numbers.
  std::function<std::string(uid_t)> user_name;
  /// A moment as a person types it; absent for what is none. Null: no moment is one.
  std::function<std::optional<WallMoment>(const std::string&)> moment_of;
};

}  // namespace tierwatch
