// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "exporters/recording/recorded_run.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

InsideStretch stretch_at(int second, std::vector<RecordedCount> counts) {
  return {.at = tick_snapshot(second).at.wall,
          .seconds = 0.5,
          .tier = "uwsgi",
          .content = InsideContent::kStacks,
          .looks = 12,
          .processes = 3,
          .of_processes = 4,
          .idle = 7,
          .moved = 2,
          .cut = 1,
          .shortened = 5,
          .cost_cores = 0.01,
          .counts = std::move(counts)};
}

/// What two parts of a run bring: the second one leads to functions and stacks of the first.
std::vector<InsideNews> two_parts() {
  InsideNews first, second;
  first.added.functions = {{"render", "/srv/shop/views.py", 30}, {"größe", "/srv/x'y.py", 1}};
  first.added.stacks = {{.activity = "running", .frames = {{0, 41}, {1, 3}}},
                        {.activity = "peer", .peer = "127.0.0.1:5432", .peer_tier = "postgres"}};
  first.added.stretches = {stretch_at(1, {{0, 30}, {1, 4}})};
  second.first_function = second.first_stack = 2;
  second.added.functions = {{"wait", "/srv/shop/db.py", 5}};
  second.added.stacks = {{.activity = "lock", .torn = true, .frames = {{2, 7}, {0, 44}}}};
  second.added.stretches = {stretch_at(2, {{0, 10}, {2, 20}}), stretch_at(3, {})};
  second.added.notes = {{"nginx", "no CPython in it"}};
  return {first, second};
}

class RecordedInsideFile : public ::testing::Test {
 protected:
  void record(const std::vector<InsideNews>& parts) {
    RecordingWriter writer(file_, test_session());
    for (const int second : {0, 1, 2, 3}) writer.add(tick_snapshot(second));
    for (const InsideNews& part : parts) writer.add(part);
    writer.put({.name = "run", .command = "wrk", .begin = tick_snapshot(0).at.wall});
    writer.commit();
  }
  void change(const std::string& sql) {
    RecordingDatabase(file_, RecordingDatabase::Access::kWrite).run(sql);
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "run.db";
};

TEST_F(RecordedInsideFile, ComesBackEqual) {
  const auto parts = two_parts();
  record(parts);
  const RecordedInside read = RecordingReader(file_).inside();
  RecordedInside expected = parts[0].added;
  const RecordedInside& later = parts[1].added;
  expected.functions.push_back(later.functions[0]);
  expected.stacks.push_back(later.stacks[0]);
  for (const InsideStretch& one : later.stretches) expected.stretches.push_back(one);
  expected.notes = later.notes;
  EXPECT_EQ(read, expected);
  const RecordedRun run = read_recorded_run(file_);
  ASSERT_NE(run.data().inside, nullptr);
  EXPECT_EQ(*run.data().inside, expected);
}

TEST_F(RecordedInsideFile, OfAWindowHasItsStretchesAlone) {
  record(two_parts());
  const RecordedInside read = RecordingReader(file_).inside(
      {.from = tick_snapshot(2).at.wall, .to = tick_snapshot(2).at.wall});
  ASSERT_THAT(read.stretches, SizeIs(1));
  EXPECT_THAT(read.stretches[0].counts, ElementsAre(RecordedCount{0, 10}, RecordedCount{2, 20}));
  EXPECT_EQ(read.stacks[2].activity, "lock");
}

TEST_F(RecordedInsideFile, AnOlderFileHasNothingOfIt) {
  record(two_parts());
  for (const char* table : {"stretch", "sample", "stack", "frame", "function", "note"})
    change(std::string("DROP TABLE inside_") + table);
  EXPECT_TRUE(RecordingReader(file_).inside().empty());
  EXPECT_EQ(read_recorded_run(file_).data().inside, nullptr);
  // Written to again, it can hold it.
  RecordingWriter(file_, test_session()).add(two_parts()[0]);
}

TEST_F(RecordedInsideFile, WhatLeadsNowhereIsLeftOut) {
  record(two_parts());
  change(
      "INSERT INTO inside_sample VALUES (1, 99, 5), (1, -1, 5), (77, 0, 5);"
      "INSERT INTO inside_frame VALUES (0, 2, 99, 1), (0, 3, -1, 1), (99, 0, 0, 1);"
      "DELETE FROM inside_function WHERE function = 1");
  const RecordedInside read = RecordingReader(file_).inside();
  EXPECT_THAT(read.functions, SizeIs(1));
  EXPECT_THAT(read.stacks[0].frames, ElementsAre(PythonFrame{0, 41}));
  EXPECT_THAT(read.stacks[2].frames, ElementsAre(PythonFrame{0, 44}));
  EXPECT_THAT(read.stretches[0].counts, ElementsAre(RecordedCount{0, 30}, RecordedCount{1, 4}));
}

TEST_F(RecordedInsideFile, MoreRowsThanAnyRecordingHasAreRefused) {
  record(two_parts());
  change(
      "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 10000) "
      "INSERT INTO inside_note SELECT '', x FROM n");
  EXPECT_THROW(RecordingReader(file_).inside(), RecordingError);
}

TEST_F(RecordedInsideFile, TimesBeforeTheClockWasSetAreEvenedOut) {
  {
    RecordingWriter writer(file_, test_session());
    for (const int second : {0, 1, 2}) writer.add(tick_snapshot(second));
    Snapshot later = tick_snapshot(3);
    later.at.wall += std::chrono::hours(1);
    writer.add(later);
    writer.add(two_parts()[0]);
    writer.put({.name = "run", .command = "wrk", .begin = tick_snapshot(0).at.wall});
    writer.commit();
  }
  const RecordedRun run = read_recorded_run(file_);
  ASSERT_THAT(run.inside.stretches, SizeIs(1));
  EXPECT_EQ(run.inside.stretches[0].at, tick_snapshot(1).at.wall + std::chrono::hours(1));
}

}  // namespace
}  // namespace tierwatch
