// SPDX-License-Identifier: MIT
//
// How history forgets: by age, by size, never everything at once.
#include <gmock/gmock.h>

#include "exporters/recording_reader.h"
#include "tests/support/recording_file.h"

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

  RecordingDirectory directory_;
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
