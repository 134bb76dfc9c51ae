// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/recording/recording_reader.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;

/// Sixty samples, one a second: clear, full from 20 to 39, clear again.
class RecordingPlacesTest : public ::testing::Test {
 protected:
  RecordingPlacesTest() {
    RecordingWriter writer(file_, test_session());
    for (int i = 0; i < 60; ++i) writer.add(sample(i));
    writer.commit();
  }
  static Snapshot sample(int number) {
    Snapshot snapshot = tick_snapshot(number);
    snapshot.verdict = {.state = VerdictState::kClear};
    if (number >= 20 && number < 40)
      snapshot.verdict = {
          .state = VerdictState::kSaturated, .tier = "uwsgi", .resource = Resource::kCpu};
    for (TierFacts& tier : snapshot.facts.tiers) tier.processes = number < 30 ? 1 : 0;
    return snapshot;
  }
  static auto at(int number) { return sample(number).at.wall; }
  /// Which second a moment is.
  static int second(const std::optional<RecordedMoment>& moment) {
    return moment ? static_cast<int>((moment->second - at(0)) / std::chrono::seconds(1)) : -1;
  }
  std::int64_t tick(int number) {
    return reader().last_tick({.from = {}, .to = at(number)})->first;
  }
  RecordingReader& reader() {
    if (!reader_) reader_.emplace(file_);
    return *reader_;
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "run.db";
  std::optional<RecordingReader> reader_;
};

TEST_F(RecordingPlacesTest, TheFirstAndTheLastOfAWindow) {
  EXPECT_EQ(second(reader().first_tick()), 0);
  EXPECT_EQ(second(reader().last_tick()), 59);
  const auto half = std::chrono::milliseconds(500);
  EXPECT_EQ(second(reader().last_tick({.from = {}, .to = at(7)})), 7) << "the end belongs to it";
  EXPECT_EQ(second(reader().last_tick({.from = {}, .to = at(7) + half})), 7);
  EXPECT_EQ(second(reader().first_tick({.from = at(7) + half, .to = {}})), 8);
  EXPECT_EQ(second(reader().last_tick({.from = {}, .to = at(0) - half})), -1);
}

TEST_F(RecordingPlacesTest, AVerdictLeadsToWhereItBeganAndTheOneBeforeToItsOwn) {
  EXPECT_EQ(second(reader().change_before(tick(50))), 40);
  EXPECT_EQ(second(reader().change_before(tick(40))), 20);
  EXPECT_EQ(second(reader().change_before(tick(20))), -1) << "the first one began unseen";
  EXPECT_EQ(second(reader().change_after(tick(0))), 20);
  EXPECT_EQ(second(reader().change_after(tick(20))), 40);
  EXPECT_EQ(second(reader().change_after(tick(45))), -1);
}

TEST_F(RecordingPlacesTest, TiersThatHaveGoneAreToldWhileThatIsNotLongAgo) {
  EXPECT_THAT(reader().lately_seen(tick(29), 600), ElementsAre());
  EXPECT_EQ(reader().lately_seen(tick(35), 600).size(), sample(0).facts.tiers.size());
  EXPECT_THAT(reader().lately_seen(tick(50), 10), ElementsAre());
}

}  // namespace
}  // namespace tierwatch
