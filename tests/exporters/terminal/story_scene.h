// SPDX-License-Identifier: MIT
//
// Stories as the view gets them.
#pragma once

#include "exporters/terminal/scene/scene.h"
#include "tests/support/story_snapshots.h"

namespace tierwatch {

/// A scene with its history, which must stay where it is.
struct StoryScene {
  explicit StoryScene(const Story& told, Size size = {80, 24},
                      Charset charset = Charset::kUnicode) {
    for (const Snapshot& moment : told.past) history.add(moment);
    history.add(told.snapshot);
    scene.snapshot = std::make_shared<const Snapshot>(told.snapshot);
    scene.history = &history;
    scene.feed = {.source = "attached to /run/tierwatch/tierwatch.sock",
                  .interval = std::chrono::seconds(1),
                  .age = std::chrono::milliseconds(300)};
    scene.size = size;
    scene.charset = charset;
    scene.user_name = [](uid_t uid) -> std::string {
      return uid == 0 ? "root" : uid == 33 ? "www-data" : uid == 114 ? "postgres" : "";
    };
  }
  StoryScene(const StoryScene&) = delete;

  History history;
  Scene scene;
};

}  // namespace tierwatch
