// SPDX-License-Identifier: MIT
//
// How history forgets: by age, by size, never everything at once.
#include <gmock/gmock.h>

#include "exporters/recording/recording_reader.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

class RecordingTrim : public ::testing::Test {
 protected:
  void record(int first, int last, const RecordingLimits& limits) {
    for (int i = first; i < last; ++i) {
      writer_.add(tick_snapshot(i));
      writer_.trim(limits);
    }
    writer_.commit();
  }
  std::int64_t number(const std::string& sql) {
    RecordingDatabase database(file_, RecordingDatabase::Access::kRead);
    return database.number("SELECT " + sql);
  }
  std::int64_t file_bytes() {
    return number("page_count * page_size FROM pragma_page_count, pragma_page_size");
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "history.db";
  RecordingWriter writer_{file_, test_session()};
};

TEST_F(RecordingTrim, WhatIsOldGoes) {
  record(0, 400, {.keep = seconds(100), .look_every_ticks = 10});
  EXPECT_GE(number("count(*) FROM tick"), 100);
  EXPECT_LE(number("count(*) FROM tick"), 112);
  const auto oldest = number("min(tick) FROM tick");
  for (const char* table : {"tier", "listener", "edge", "process", "peer", "evidence"})
    EXPECT_GE(number("coalesce(min(tick), 1000000) FROM " + std::string(table)), oldest) << table;
}

TEST_F(RecordingTrim, SettingsThatStillHoldStay) {
  record(0, 400, {.keep = seconds(100), .look_every_ticks = 10});
  EXPECT_GT(number("count(*) FROM setting"), 0);
  EXPECT_EQ(number("max(tick) FROM setting"), 1);
}

TEST_F(RecordingTrim, TheFileStaysBelowItsSize) {
  const RecordingLimits limits{
      .keep = std::chrono::hours(1000), .max_bytes = 1 << 20, .look_every_ticks = 10};
  record(0, 1500, limits);
  EXPECT_LT(file_bytes(), (1 << 20) + (1 << 18));
  const auto kept = number("count(*) FROM tick");
  record(1500, 3000, limits);
  EXPECT_LT(file_bytes(), (1 << 20) + (1 << 18));
  EXPECT_GT(number("count(*) FROM tick"), kept / 2) << "and is not emptied for it";
}

TEST_F(RecordingTrim, ASmallerSizeGivesPagesBack) {
  record(0, 1000, {.keep = std::chrono::hours(1000)});
  const auto before = file_bytes();
  record(1000, 1400,
         {.keep = std::chrono::hours(1000), .max_bytes = 1 << 18, .look_every_ticks = 10});
  EXPECT_LT(file_bytes(), before / 2);
}

/// What is left to the disk at a look is bounded; how often it is called is not.
TEST_F(RecordingTrim, ALoweredAgeTakesEffectSoon) {
  record(0, 3000, {.keep = std::chrono::hours(1000)});
  const auto before = file_bytes();
  const RecordingLimits lowered{.keep = seconds(100), .look_every_ticks = 240};
  record(3000, 3300, lowered);
  EXPECT_LE(number("count(*) FROM tick"), 100 + 240);
  for (int i = 0; i < 5; ++i) writer_.trim(lowered);
  EXPECT_LT(file_bytes(), before / 4) << "the file gives back what it held";
}

TEST_F(RecordingTrim, ALoweredLimitHoldsFromTheStartOn) {
  record(0, 3000, {.keep = std::chrono::hours(1000)});
  writer_.finish(tick_snapshot(3000).at.wall, true);
  std::filesystem::copy_file(file_, directory_ / "copy.db");  // the first writer keeps its lock
  RecordingWriter again(directory_ / "copy.db", test_session());
  for (int i = 3000; i < 3004; ++i) {
    again.add(tick_snapshot(i));
    again.commit();
    again.trim({.keep = seconds(100)});
  }
  RecordingDatabase database(directory_ / "copy.db", RecordingDatabase::Access::kRead);
  EXPECT_LE(database.number("SELECT count(*) FROM tick"), 110);
}

TEST_F(RecordingTrim, ALoweredSizeTakesEffectSoon) {
  record(0, 2000, {.keep = std::chrono::hours(1000)});
  const RecordingLimits lowered{.keep = std::chrono::hours(1000), .max_bytes = 1 << 18};
  for (int i = 2000; i < 2010; ++i) {
    writer_.add(tick_snapshot(i));
    writer_.commit();
    writer_.trim({.keep = lowered.keep, .max_bytes = lowered.max_bytes, .look_every_ticks = 1});
  }
  EXPECT_LE(file_bytes(), (1 << 18) + (1 << 16));
  EXPECT_GT(number("count(*) FROM tick"), 20);
}

TEST_F(RecordingTrim, AClockSetWrongForAWhileDoesNotTakeTheHistoryWithIt) {
  const RecordingLimits limits{.keep = seconds(1000), .look_every_ticks = 10};
  record(0, 500, limits);
  for (int i = 500; i < 510; ++i) {
    Snapshot snapshot = tick_snapshot(i);
    snapshot.at.wall += std::chrono::hours(24 * 365);
    writer_.add(snapshot);
    writer_.trim(limits);
  }
  writer_.commit();
  EXPECT_GE(number("count(*) FROM tick"), 460);
}

TEST_F(RecordingTrim, NothingIsLookedAtBetweenTheTicksThatAreDue) {
  record(0, 9, {.keep = seconds(1), .look_every_ticks = 10});
  EXPECT_EQ(number("count(*) FROM tick"), 9);
}

}  // namespace
}  // namespace tierwatch
