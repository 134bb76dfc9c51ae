// SPDX-License-Identifier: MIT
#include "daemon/feeds/snapshot_memory.h"

#include <gtest/gtest.h>

#include "exporters/recording/snapshot_size.h"
#include "tests/support/recording_file.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

SnapshotPtr second_of(int number, VerdictState state = VerdictState::kClear) {
  Snapshot snapshot = tick_snapshot(number);
  snapshot.verdict = {.state = state};
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

auto at(int number) { return tick_snapshot(number).at.wall; }

int number_of(const SnapshotPtr& snapshot) {
  return snapshot ? static_cast<int>(snapshot->sequence) : -1;
}

TEST(SnapshotMemory, FindsWhatWasBeforeAtAndAfterAMoment) {
  SnapshotMemory memory;
  EXPECT_FALSE(memory.oldest());
  for (int i = 0; i < 60; ++i) memory.add(second_of(i));
  const auto half = std::chrono::milliseconds(500);
  EXPECT_EQ(number_of(memory.until(at(30))), 30);
  EXPECT_EQ(number_of(memory.until(at(30) + half)), 30);
  EXPECT_EQ(number_of(memory.before(at(30))), 29);
  EXPECT_EQ(number_of(memory.after(at(30))), 31);
  EXPECT_EQ(number_of(memory.before(at(0))), -1);
  EXPECT_EQ(number_of(memory.after(at(59))), -1);
}

TEST(SnapshotMemory, AQuarterOfAnHourIsKept) {
  SnapshotMemory memory;
  for (int i = 0; i < 2000; ++i) memory.add(second_of(i));
  EXPECT_EQ(number_of(memory.oldest()), 1999 - 900);
}

TEST(SnapshotMemory, WhereThatIsTooMuchTheOlderHalfGetsCoarserAndChangesStay) {
  const std::size_t most = 100 * memory_bytes(*second_of(0));
  SnapshotMemory memory(most);
  for (int i = 0; i < 400; ++i) {
    memory.add(second_of(i, i == 300 ? VerdictState::kSaturated : VerdictState::kClear));
    ASSERT_LE(memory.bytes(), most + most / 50) << i;
  }
  EXPECT_LT(number_of(memory.oldest()), 250) << "further back than a hundred samples";
  EXPECT_EQ(number_of(memory.before(at(399))), 398) << "the newest are all there";
  EXPECT_EQ(number_of(memory.change_before(at(399))), 301);
  EXPECT_EQ(number_of(memory.change_before(at(301))), 300);
}

TEST(SnapshotMemory, ChangesOfTheVerdictAreFoundBothWays) {
  SnapshotMemory memory;
  for (int i = 0; i < 60; ++i)
    memory.add(second_of(i, i / 20 == 1 ? VerdictState::kSaturated : VerdictState::kClear));
  EXPECT_EQ(number_of(memory.change_before(at(59))), 40);
  EXPECT_EQ(number_of(memory.change_before(at(40))), 20);
  EXPECT_EQ(number_of(memory.change_before(at(20))), -1);
  EXPECT_EQ(number_of(memory.change_after(at(0))), 20);
  EXPECT_EQ(number_of(memory.change_after(at(20))), 40);
  EXPECT_EQ(number_of(memory.change_after(at(40))), -1);
}

TEST(SnapshotMemory, AClockThatWasSetBackBeginsAnew) {
  SnapshotMemory memory;
  for (int i = 0; i < 60; ++i) memory.add(second_of(i));
  memory.add(second_of(10));
  EXPECT_EQ(number_of(memory.oldest()), 10);
  EXPECT_EQ(memory.bytes(), memory_bytes(*second_of(10)));
}

}  // namespace
}  // namespace tierwatch
