// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "exporters/glyphs.h"
#include "exporters/terminal/screen/key_bindings.h"
#include "exporters/terminal/tables/plain_text.h"
#include "tests/exporters/golden.h"
#include "tests/exporters/terminal/story_scene.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Look {
  std::string name;
  Size size;
  Charset charset = Charset::kUnicode;
};
const std::vector<Look> kLooks = {{"80x24", {80, 24}},
                                  {"40x10", {40, 10}},
                                  {"200x50", {200, 50}},
                                  {"ascii", {80, 24}, Charset::kAscii}};

/// Characters, and below them the letter of each cell's ink: what a terminal without colour shows,
/// and what one with colours adds.
std::string golden_text(const Frame& frame) {
  std::string text = frame.text() + "--- inks\n";
  for (int y = 0; y < frame.size().rows; ++y) {
    std::string row;
    for (int x = 0; x < frame.size().columns; ++x) {
      const auto ink = static_cast<int>(frame.at(x, y).ink);
      row += ink == 0 ? '.' : static_cast<char>('A' + ink - 1);
    }
    text += row.erase(row.find_last_not_of('.') + 1) + "\n";
  }
  return text;
}

TEST(Render, StoriesLookAsTheyDid) {
  for (const Story& told : stories()) {
    for (const Look& look : kLooks) {
      const StoryScene scene(told, look.size, look.charset);
      const std::string actual = golden_text(render({}, scene.scene));
      EXPECT_EQ(golden("tests/golden/top/" + told.name + "." + look.name, actual), actual)
          << told.name << " " << look.name;
    }
  }
}

TEST(Render, PanelsLookAsTheyDid) {
  const StoryScene scene(story("cpu_full_uwsgi"), {100, 40});
  for (const auto& [panel, name] : {std::pair{Panel::kHelp, "help"},
                                    {Panel::kEvidence, "evidence"},
                                    {Panel::kTime, "time"},
                                    {Panel::kProcess, "process"},
                                    {Panel::kSort, "sort"},
                                    {Panel::kColumns, "columns"},
                                    {Panel::kUsers, "users"}}) {
    ViewState state{.panel = panel};
    state.selected = scene.scene.snapshot->processes[4].reading.id;
    const std::string actual = golden_text(render(state, scene.scene));
    EXPECT_EQ(golden("tests/golden/top/panel." + std::string(name), actual), actual) << name;
  }
}

TEST(Render, EveryNumberOfThePathIsSeenAtEveryWidth) {
  StoryScene told(story("cpu_full_uwsgi"));
  auto changed = std::make_shared<Snapshot>(*told.scene.snapshot);
  changed->verdict.in_flight[1].tier = "pgbouncer (127.0.0.1:6432)";
  changed->verdict.request_time.front().name = "pgbouncer (127.0.0.1:6432)";
  told.scene.snapshot = changed;
  for (const int columns : {40, 60, 80, 100, 120, 200}) {
    told.scene.size = {columns, 50};
    const std::string text = render({.panel = Panel::kTime}, told.scene).text();
    for (const char* number : {"91.00", "87.00", "3.60", "0.40", "0.41", "queued", "pgboun"})
      EXPECT_THAT(text, HasSubstr(number)) << columns;
    if (columns < 120) continue;
    EXPECT_THAT(text, HasSubstr("servers  unexplained\n"));
    std::set<std::size_t> ends;  // of the column "all"
    for (const char* number : {"     91.00", "      0.50"}) {
      const std::size_t at = text.find(number);
      ASSERT_NE(at, text.npos) << number;
      ends.insert(columns_of(text.substr(text.rfind('\n', at) + 1, at - text.rfind('\n', at))));
    }
    EXPECT_EQ(ends.size(), 1u) << "a long name pushes no figure out of its column";
  }
}

/// All lines of a panel, on as many rows as it takes, and no blank but single ones.
std::string whole_panel(Panel panel, int columns) {
  const StoryScene told(story("cpu_full_uwsgi"), {columns, 400});
  std::string words;
  for (const char c : render({.panel = panel}, told.scene).text())
    if (c != ' ' && c != '\n')
      words += c;
    else if (!words.ends_with(' '))
      words += ' ';
  return words;
}

TEST(Render, NoWordOfAPanelIsCutAtAnyWidth) {
  for (const int columns : {40, 60, 80, 100}) {
    const std::string help = whole_panel(Panel::kHelp, columns);
    for (const Binding& binding : bindings()) EXPECT_THAT(help, HasSubstr(binding.help)) << columns;
    const std::string evidence = whole_panel(Panel::kEvidence, columns);
    EXPECT_THAT(evidence, HasSubstr("0 of 2 busy processes wait for a disk (sda busy 5 % and io"))
        << columns;
    EXPECT_THAT(evidence, HasSubstr("busy because its cpu is full: 4 of 4 workers busy"))
        << columns;
  }
}

TEST(Render, AMenuThatGoesOnBelowSaysSo) {
  const StoryScene told(story("cpu_full_uwsgi"), {40, 10});
  ViewState state{.panel = Panel::kColumns};
  EXPECT_THAT(render(state, told.scene).text(), HasSubstr("▼ more"));
  state.menu_row = static_cast<int>(state.columns.size()) - 1;
  EXPECT_THAT(render(state, told.scene).text(), Not(HasSubstr("▼ more")));
}

TEST(Render, GraphsThatHaveNoRoomAreSaid) {
  for (const auto& [columns, said] : {std::pair{80, true}, {200, false}}) {
    const StoryScene told(story("cpu_full_uwsgi"), {columns, 40});
    const std::string text = render({.measure = SparkMeasure::kQueue}, told.scene).text();
    EXPECT_EQ(text.find("no room for graphs of queue") != text.npos, said) << columns;
  }
}

TEST(Render, TheFullTierIsSeenWithoutAKeyAtEverySize) {
  struct Case {
    const char *story, *words, *badge;
  };
  for (const Case& one : {Case{"cpu_full_uwsgi", "uwsgi is full: cpu", "FULL cpu"},
                          Case{"fd_full_nginx", "nginx is full:", "FULL fds"},
                          Case{"queue_full", "uwsgi is full:", "FULL workers"},
                          Case{"redis_pinned", "redis is full:", "FULL thread"}}) {
    for (const Size size : {Size{40, 10}, Size{80, 24}, Size{120, 40}, Size{400, 120}}) {
      const StoryScene scene(story(one.story), size, Charset::kAscii);
      const std::string text = render({}, scene.scene).text();
      EXPECT_THAT(text, HasSubstr(one.words)) << size.columns << "x" << size.rows;
      EXPECT_THAT(text, HasSubstr(one.badge)) << size.columns << "x" << size.rows;
      EXPECT_THAT(text, HasSubstr(" FULL "));
    }
  }
}

TEST(Render, ShapeAloneTellsWhatColourRepeats) {
  EXPECT_THAT(render({}, StoryScene(story("idle")).scene).text(), HasSubstr(" OK "));
  const std::string gone = render({}, StoryScene(story("tier_vanished")).scene).text();
  EXPECT_THAT(gone, HasSubstr("postgres  gone"));
}

TEST(Render, BeforeTheFirstSampleItSaysSo) {
  Scene scene{.size = {80, 24}};
  scene.feed.source = "attached to http://web1:9718";
  EXPECT_THAT(render({}, scene).text(), HasSubstr("waiting for the first sample"));
  scene.feed.trouble = "no answer: Connection refused";
  EXPECT_THAT(render({}, scene).text(), HasSubstr("no data: no answer: Connection refused"));
}

TEST(Render, ALostDaemonIsSaidWithTheAgeOfTheData) {
  StoryScene told(story("idle"), {160, 24});
  told.scene.feed.trouble = "no answer: Connection refused";
  told.scene.feed.age = std::chrono::seconds(12);
  EXPECT_THAT(render({}, told.scene).row_text(0), HasSubstr("data 12 s old · no answer"));
}

TEST(Render, NotesAreSaidUntilAKeyIsPressedAndStayInTheEvidence) {
  Story told = story("idle");
  told.snapshot.notes = {"/proc is mounted with hidepid=2"};
  const StoryScene scene(told, {100, 30});
  EXPECT_THAT(render({}, scene.scene).row_text(29), StartsWith("note: /proc is mounted"));
  EXPECT_THAT(render({.notes_seen = true}, scene.scene).row_text(29), Not(HasSubstr("hidepid")));
  EXPECT_THAT(render({.panel = Panel::kEvidence}, scene.scene).text(), HasSubstr("hidepid=2"));
}

TEST(Render, WithoutProcessesFromAStrangerItSaysWhy) {
  Story told = story("idle");
  told.snapshot.processes.clear();
  EXPECT_THAT(render({}, StoryScene(told).scene).text(), HasSubstr("only to clients"));
}

/// The rows of a frame are what it says they are, whatever is drawn.
void expect_sound(const Frame& frame, Size size, Charset charset) {
  ASSERT_EQ(frame.size(), size);
  for (int y = 0; y < size.rows; ++y) {
    for (int x = 0; x < size.columns; ++x) {
      const char32_t glyph = frame.at(x, y).glyph;
      const bool right_half = glyph == 0 && x > 0 && glyph_width(frame.at(x - 1, y).glyph) == 2;
      const bool left_half = glyph != 0 && glyph_width(glyph) == 2;
      ASSERT_TRUE(right_half || glyph >= 0x20) << x << "," << y;
      ASSERT_FALSE(glyph >= 0x7F && glyph < 0xA0);
      ASSERT_FALSE(charset == Charset::kAscii && glyph >= 0x7F) << x << "," << y;
      if (left_half) {
        ASSERT_LT(x + 1, size.columns);
        ASSERT_EQ(frame.at(x + 1, y).glyph, 0u);
      }
    }
  }
}

ViewState random_state(std::mt19937& dice) {
  ViewState state;
  state.panel = static_cast<Panel>(dice() % kPanels);
  state.prompt = static_cast<Prompt>(dice() % kPrompts);
  state.sort = static_cast<ProcessColumn>(dice() % kProcessColumns);
  state.inverted = dice() % 2;
  state.tree = dice() % 2;
  state.all = dice() % 2;
  state.row = static_cast<int>(dice() % 40) - 5;
  state.top = static_cast<int>(dice() % 40) - 5;
  state.shift = static_cast<int>(dice() % 60) - 5;
  state.panel_top = static_cast<int>(dice() % 60) - 5;
  state.menu_row = static_cast<int>(dice() % 20) - 4;
  state.follow = dice() % 2;
  state.paused = dice() % 2;
  state.notes_seen = dice() % 2;
  if (dice() % 3 == 0) state.filter = "a|\xC3";
  if (dice() % 3 == 0) state.columns[dice() % kProcessColumns].shown = false;
  if (dice() % 3 == 0)
    state.columns.push_back(std::get<ViewColumn>(parse_column("\xC3=rss/threads")));
  if (dice() % 3 == 0)
    state.draft = {.text = "\xC3\xA9rss/", .problem = "a\xC3", .place = dice() % 9};
  return state;
}

TEST(Render, NeverExceedsItsSizeForAnySnapshotAndState) {
  std::mt19937 dice(20);
  for (unsigned seed = 0; seed < 400; ++seed) {
    History history;
    Scene scene{.snapshot = std::make_shared<const Snapshot>(random_snapshot(seed)),
                .history = &history};
    history.add(*scene.snapshot);
    if (seed % 50 == 0) scene.snapshot = nullptr;
    scene.charset = seed % 2 ? Charset::kAscii : Charset::kUnicode;
    scene.size = {static_cast<int>(1 + dice() % 140), static_cast<int>(1 + dice() % 60)};
    expect_sound(render(random_state(dice), scene), scene.size, scene.charset);
  }
}

TEST(Render, EverySizeFromOneByOneIsFilledAndNoMore) {
  const StoryScene told(story("hostile_titles"));
  Scene scene = told.scene;
  for (int columns = 1; columns <= 90; columns += columns < 20 ? 1 : 7) {
    for (int rows = 1; rows <= 40; rows += rows < 14 ? 1 : 5) {
      scene.size = {columns, rows};
      for (const Panel panel : {Panel::kMain, Panel::kHelp, Panel::kEvidence, Panel::kSort})
        expect_sound(render({.panel = panel}, scene), scene.size, scene.charset);
    }
  }
  scene.size = {400, 120};
  expect_sound(render({}, scene), scene.size, scene.charset);
}

TEST(Render, ATitleCannotBreakOutOfItsRow) {
  const StoryScene told(story("hostile_titles"), {120, 40});
  const std::string text = render({}, told.scene).text();
  EXPECT_THAT(text, HasSubstr(R"(\x1b[2J\x1b[31mred and gone\x1b]0;owned)"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(text, HasSubstr(R"(line\x0afeed\x09and\x0dreturn)"));
}

TEST(PlainText, TellsEverythingOnce) {
  StoryScene told(story("cpu_full_uwsgi"), {0, 0}, Charset::kAscii);
  const std::string text = plain_text({}, told.scene);
  EXPECT_EQ(golden("tests/golden/top/plain_text", text), text);
}

TEST(PlainText, OneTierOnly) {
  StoryScene told(story("cpu_full_uwsgi"), {0, 0}, Charset::kAscii);
  const std::string text = plain_text({.only_tiers = {"redis"}}, told.scene);
  EXPECT_THAT(text, HasSubstr("redis-server 127.0.0.1:6379"));
  EXPECT_THAT(text, Not(HasSubstr("nginx: worker")));
}

}  // namespace
}  // namespace tierwatch
