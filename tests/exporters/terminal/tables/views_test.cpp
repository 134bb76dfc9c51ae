// SPDX-License-Identifier: MIT
//
// A golden of each view that a key leads to, beside the panels of render_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/screen/key_bindings.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/golden.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

struct KeyedView {
  std::string name;
  std::vector<Event> keys;
  /// What the world says meanwhile.
  void (*change)(Scene&) = [](Scene&) {};
};

Event key(char32_t text) { return {.input = Input::kText, .text = text}; }
Event key(Input input) { return {.input = input}; }

std::vector<Event> typed(std::vector<Event> keys, std::u32string_view text) {
  for (const char32_t one : text) keys.push_back(key(one));
  return keys;
}

std::vector<KeyedView> keyed_views() {
  const auto past = [](Scene& scene) {
    scene.feed.past = true;
    scene.feed.moment = "Mon 30 Nov 14:05:10";
    scene.feed.age = std::chrono::minutes(5);
    scene.feed.newest = scene.snapshot->at.wall + std::chrono::minutes(5);
  };
  const auto answered = [](Scene& scene) {
    scene.pane = {.title = "LOGS OF PROCESS 812 (nginx, worker)",
                  .text =
                      "/var/log/nginx/error.log, newest first\n  2026/11/30 14:05:09 [error] "
                      "no live upstreams\n\nJOURNAL OF nginx.service, NEWEST FIRST\n"};
  };
  return {
      {"tree", {key(U't')}},
      {"filter", typed({key(U'\\')}, U"postgres")},
      {"filtered", typed({key(U'\\')}, U"uwsgi\n")},
      {"search", typed({key(U'/')}, U"redis")},
      {"inverted", {key(U'M'), key(U'I')}},
      {"hidden", {key(U'2')}},
      {"tagged", {key(U' '), key(U' ')}},
      {"following", {key(U'F')}},
      {"measure", {key(U'm'), key(U'm')}},
      {"paused", {key(U'z')}},
      {"past", {key(U'[')}, past},
      {"moment", typed({key(U'g')}, U"25:61\n")},
      {"copy", {key(U'y')}},
      {"pane", {key(U'l')}, answered},
      {"signal", {key(Input::kF9)}},
      {"confirm", {key(Input::kF9), key(Input::kEnter)}},
      {"column", typed({key(Input::kF2), key(U'a')}, U"X=rss/")},
  };
}

TEST(Views, LookAsTheyDid) {
  for (const KeyedView& view : keyed_views()) {
    StoryScene told(story("cpu_full_uwsgi"), {100, 30});
    ViewState state = next({}, key(Input::kNewData), told.scene);
    for (Event event : view.keys) {
      if (event.text == U'\n') event = key(Input::kEnter);
      state = next(state, event, told.scene);
    }
    view.change(told.scene);
    const std::string actual = render(state, told.scene).text();
    EXPECT_EQ(golden("tests/golden/top/view." + view.name, actual), actual) << view.name;
  }
}

}  // namespace
}  // namespace tierwatch
