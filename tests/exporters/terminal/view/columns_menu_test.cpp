// SPDX-License-Identifier: MIT
//
// F2: which columns, in which order, and those of one's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/tables/columns_json.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ColumnsMenu : public ::testing::Test {
 protected:
  void press(Input input) { state_ = next(state_, {.input = input}, told_.scene); }
  void type(std::u32string_view text) {
    for (const char32_t one : text)
      state_ = next(state_, {.input = Input::kText, .text = one}, told_.scene);
  }
  void add(std::u32string_view text) {
    if (state_.panel != Panel::kColumns) press(Input::kF2);
    type(U"a");
    type(text);
    press(Input::kEnter);
  }
  std::string shown() const { return definitions_of(state_.columns); }
  std::string screen() const { return render(state_, told_.scene).text(); }
  std::string row(int from_below) const {
    return render(state_, told_.scene).row_text(told_.scene.size.rows - from_below);
  }

  StoryScene told_{story("cpu_full_uwsgi"), {120, 40}};
  ViewState state_;
};

TEST_F(ColumnsMenu, OneIsAddedWhereTheCursorStands) {
  add(U"MEM/T=rss/threads");
  EXPECT_EQ(state_.prompt, Prompt::kNone);
  EXPECT_THAT(shown(), StartsWith("MEM/T=rss/threads,pid,tier,"));
  EXPECT_THAT(screen(), HasSubstr("[x] MEM/T   rss/threads, as bytes"));
  press(Input::kEscape);
  EXPECT_THAT(screen(), HasSubstr(" MEM/T "));
}

TEST_F(ColumnsMenu, WhatIsWrongIsPointedAtAndStaysToBePutRight) {
  add(U"X=rss/treads");
  EXPECT_EQ(state_.prompt, Prompt::kColumn);
  EXPECT_THAT(row(2), StartsWith("Column: X=rss/treads_"));
  EXPECT_THAT(row(1), StartsWith("              ^ no field is called 'treads'"));
  EXPECT_THAT(screen(), HasSubstr("threads  number of threads")) << "the fields stand above";
  for (int i = 0; i < 6; ++i) press(Input::kBackspace);
  type(U"threads");
  EXPECT_THAT(row(1), Not(HasSubstr("^")));
  press(Input::kEnter);
  EXPECT_THAT(shown(), StartsWith("X=rss/threads,"));
}

TEST_F(ColumnsMenu, ALongTextIsPointedAtOnANarrowScreen) {
  told_.scene.size = {40, 20};
  add(U"LONG=(rss+anon+swap+rss+anon)/(threads+treads)");
  EXPECT_THAT(row(1), HasSubstr("^"));
  EXPECT_THAT(row(1), HasSubstr("no field is called"));
  EXPECT_THAT(row(2), EndsWith("(threads+treads)_"));
}

TEST_F(ColumnsMenu, EscapeLeavesWhatWas) {
  press(Input::kF2);
  type(U"aX=rss");
  press(Input::kEscape);
  EXPECT_EQ(state_.columns, default_columns());
  EXPECT_EQ(state_.panel, Panel::kColumns);
}

TEST_F(ColumnsMenu, TheyAreMovedEditedAndRemoved) {
  add(U"X=rss");
  type(U"]");
  press(Input::kF8);
  EXPECT_THAT(shown(), StartsWith("pid,tier,X=rss,"));
  press(Input::kF7);
  EXPECT_THAT(shown(), StartsWith("pid,X=rss,tier,"));
  type(U"e");
  EXPECT_EQ(state_.draft.text, "X=rss");
  type(U"/fds");
  press(Input::kEnter);
  EXPECT_THAT(shown(), StartsWith("pid,X=rss/fds,tier,"));
  type(U"d");
  EXPECT_EQ(state_.columns, default_columns());
  type(U"d");
  EXPECT_EQ(state_.columns, default_columns()) << "ours can be hidden only";
  type(U"e");
  EXPECT_EQ(state_.prompt, Prompt::kNone);
}

TEST_F(ColumnsMenu, ANameStandsOnce) {
  add(U"X=rss");
  add(U"X=fds");
  EXPECT_THAT(row(1), HasSubstr("there is a column called 'X' already"));
  press(Input::kEscape);
  add(U"cpu");
  EXPECT_THAT(row(1), HasSubstr("there is a column called 'cpu' already"));
}

TEST_F(ColumnsMenu, TheLastOneStays) {
  press(Input::kF2);
  for (std::size_t i = 0; i < kProcessColumns; ++i) {
    type(U" ");
    press(Input::kDown);
  }
  EXPECT_EQ(shown(), "title");
}

TEST_F(ColumnsMenu, ACustomOneSorts) {
  add(U"X=0-rss");
  press(Input::kEscape);
  press(Input::kF6);
  press(Input::kHome);
  press(Input::kEnter);
  EXPECT_EQ(name_of(state_.sort_column()), "X");
  const auto rows = process_rows(*told_.scene.snapshot, state_);
  const auto resident = [&](const ProcessRow& row) {
    return told_.scene.snapshot->processes[row.process].reading.memory->resident_bytes;
  };
  EXPECT_LT(resident(rows.front()), resident(rows.back()));
  EXPECT_THAT(screen(), HasSubstr("X▼"));
  press(Input::kF2);
  type(U"e");
  press(Input::kBackspace);
  press(Input::kBackspace);
  press(Input::kBackspace);
  type(U"fds");
  press(Input::kEnter);
  EXPECT_EQ(name_of(state_.sort_column()), "X") << "also once it was edited";
  type(U"d");
  EXPECT_EQ(state_.sort, ProcessColumn::kCpu);
}

TEST_F(ColumnsMenu, AsJsonFiguresAreWholeAndUnknownOnesNull) {
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  changed->processes.resize(1);
  ProcessSample& process = changed->processes.front();
  process.reading.member = Membership{};
  process.reading.uid = 0;
  process.cpu_cores = 0.25;
  process.reading.memory.reset();
  told_.scene.snapshot = changed;
  state_.columns = std::get<ColumnList>(parse_columns("pid,user,cpu,MEM/T=rss/threads"));
  EXPECT_THAT(columns_json(state_, told_.scene),
              EndsWith("\"columns\":[\"pid\",\"user\",\"cpu\",\"MEM/T\"],\"processes\":[[" +
                       std::to_string(process.reading.id.pid) + ",\"root\",0.25,null]]}"));
}

}  // namespace
}  // namespace tierwatch
