// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <utility>

#include "collectors/text/printable_text.h"
#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/screen/figures.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class TotalsTest : public ::testing::Test {
 protected:
  /// The last row above the footer.
  std::string totals() const {
    return render(state_, told_.scene).row_text(told_.scene.size.rows - 2);
  }
  /// Another view of the same, with its processes changed.
  void change(const std::function<void(ProcessSample&)>& how) {
    auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
    for (ProcessSample& process : changed->processes) how(process);
    told_.scene.snapshot = changed;
  }

  StoryScene told_{story("cpu_full_uwsgi"), {120, 40}};
  ViewState state_;
};

TEST_F(TotalsTest, WhatIsFilteredIsSummed) {
  EXPECT_THAT(totals(), Not(HasSubstr("together")));
  state_.filter = "uwsgi";
  double cores = 0;
  std::size_t count = 0;
  for (const ProcessSample& process : told_.scene.snapshot->processes) {
    if (!process_matches(*told_.scene.snapshot, process, state_.filter)) continue;
    cores += process.cpu_cores.value_or(0);
    ++count;
  }
  ASSERT_GT(cores, 3.5);
  EXPECT_THAT(totals(), HasSubstr(std::to_string(count) + " "));
  char percent[16];
  std::snprintf(percent, sizeof percent, "%.1f", cores * 100);
  EXPECT_THAT(totals(), HasSubstr(percent));
  EXPECT_THAT(totals(), HasSubstr("together: all that match"));
}

TEST_F(TotalsTest, TaggedOnesAreSummedAlsoWhereTheFilterHidesThem) {
  state_.filter = "redis";
  for (const ProcessSample& process : told_.scene.snapshot->processes)
    if (process.reading.comm == "uwsgi") state_.tagged.insert(process.reading.id);
  EXPECT_THAT(totals(), HasSubstr(" " + std::to_string(state_.tagged.size()) + " "));
  EXPECT_THAT(totals(), HasSubstr("tagged"));
}

TEST_F(TotalsTest, ASumThatLacksSomeFigureSaysSo) {
  state_.filter = "uwsgi";
  change([first = true](ProcessSample& process) mutable {
    if (process.reading.comm != "uwsgi" || !std::exchange(first, false)) return;
    process.cpu_cores.reset();
    process.reading.open_fds.reset();
  });
  EXPECT_THAT(totals(), testing::ContainsRegex("≥[0-9]+ "));
  change([](ProcessSample& process) { process.reading.open_fds.reset(); });
  EXPECT_THAT(totals(), HasSubstr(kUnknownFigure)) << "of nobody known is no zero";
}

TEST_F(TotalsTest, OfATinyListTheProcessesComeFirst) {
  told_.scene.size = {40, 10};
  state_.filter = "uwsgi";
  EXPECT_THAT(render(state_, told_.scene).text(), Not(HasSubstr("together")));
}

/// Cells of a frame that are painted as found.
std::string found_in(const Frame& frame) {
  std::string text;
  for (int y = 0; y < frame.size().rows; ++y)
    for (int x = 0; x < frame.size().columns; ++x)
      if (frame.at(x, y).ink == Ink::kMatch && frame.at(x, y).glyph)
        append_utf8(text, frame.at(x, y).glyph);
  return text;
}

TEST_F(TotalsTest, WhatMatchesIsHighlightedInAnyCase) {
  EXPECT_EQ(found_in(render(state_, told_.scene)), "");
  state_.filter = "CHECKPOINTER|redis-s";
  EXPECT_EQ(found_in(render(state_, told_.scene)), "redis-scheckpointer");
  state_.filter.clear();
  state_.search = "heckpoint";
  EXPECT_EQ(found_in(render(state_, told_.scene)), "heckpointheckpoint") << "role and title";
}

TEST_F(TotalsTest, WideCharactersAreHighlightedWhole) {
  change([](ProcessSample& process) {
    if (process.reading.title.starts_with("redis")) process.reading.title = "redis 漢字 x";
  });
  state_.search = "字 x";
  EXPECT_EQ(found_in(render(state_, told_.scene)), "字 x");
}

}  // namespace
}  // namespace tierwatch
