// SPDX-License-Identifier: MIT
#include "daemon/feeds/replay_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/recording/recording_database.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

/// 130 samples, one a second.
class ReplayFeedTest : public ::testing::Test {
 protected:
  ReplayFeedTest() {
    RecordingWriter writer(file_, test_session());
    for (int i = 0; i < 130; ++i) writer.add(tick_snapshot(i));
    writer.commit();
  }
  /// "N of M" after a move.
  static std::string after(TopFeed& feed, TimeStep step) {
    feed.move({.step = step});
    const FeedNews news = feed.sample();
    const auto at = news.moment.rfind("· ");
    return at == std::string::npos ? "" : news.moment.substr(at + std::string("· ").size());
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "run.db";
};

TEST_F(ReplayFeedTest, SaysWhichRecordingAndWhichMoment) {
  const auto feed = make_replay_feed(file_, ReplayPace::kAsRecorded);
  EXPECT_EQ(feed->source(), "recording run.db");
  EXPECT_TRUE(feed->recorded());
  EXPECT_FALSE(feed->local()) << "its users may be those of another machine";
  const FeedNews news = feed->sample();
  ASSERT_TRUE(news.snapshot) << news.trouble;
  EXPECT_EQ(news.snapshot->hostname, "web1");
  EXPECT_THAT(news.moment, EndsWith("· 1 of 130"));
  EXPECT_EQ(feed->interval(nanoseconds(1), nullptr), std::chrono::seconds(1));
}

TEST_F(ReplayFeedTest, StepsAndMinutesStayInsideTheRecording) {
  const auto feed = make_replay_feed(file_, ReplayPace::kAsRecorded);
  feed->play_or_stop();  // stops
  feed->sample();
  EXPECT_EQ(after(*feed, TimeStep::kLater), "2 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kMinuteLater), "62 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kMinuteLater), "122 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kMinuteLater), "130 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kLater), "") << "nothing newer";
  EXPECT_EQ(after(*feed, TimeStep::kEarlier), "129 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kMinuteEarlier), "69 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kMinuteEarlier), "9 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kMinuteEarlier), "1 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kEarlier), "");
}

TEST_F(ReplayFeedTest, ToAMomentAndToTheEnd) {
  const auto feed = make_replay_feed(file_, ReplayPace::kAsRecorded);
  feed->sample();
  feed->move({.step = TimeStep::kTo, .to = tick_snapshot(41).at.wall});
  EXPECT_THAT(feed->sample().moment, EndsWith("· 42 of 130"));
  EXPECT_EQ(after(*feed, TimeStep::kNewest), "130 of 130");
}

TEST_F(ReplayFeedTest, AMomentThatIsNotInItLeadsToItsEndAndIsSaid) {
  const auto feed = make_replay_feed(file_, ReplayPace::kAsRecorded);
  feed->sample();
  const auto to = [&](std::chrono::hours from_begin) {
    feed->move({.step = TimeStep::kTo, .to = tick_snapshot(0).at.wall + from_begin});
    return feed->sample();
  };
  EXPECT_THAT(to(std::chrono::hours(48)).moment,
              EndsWith("· 130 of 130 · nothing later was recorded"));
  const FeedNews older = to(std::chrono::hours(-48));
  EXPECT_THAT(older.moment, EndsWith("· 1 of 130 · nothing older was recorded"));
  EXPECT_TRUE(older.back);
  EXPECT_THAT(to(std::chrono::hours(-48)).moment, EndsWith("nothing older was recorded"))
      << "also when asked again";
  feed->move({.step = TimeStep::kLater});
  EXPECT_THAT(feed->sample().moment, EndsWith("· 2 of 130"));
}

TEST_F(ReplayFeedTest, MarksArePlacesToJumpTo) {
  {
    RecordingWriter writer(file_, test_session());
    writer.add(RunMark{.at = tick_snapshot(70).at.wall, .text = "deployed"});
    writer.commit();
  }
  const auto feed = make_replay_feed(file_, ReplayPace::kAsRecorded);
  feed->sample();
  EXPECT_EQ(after(*feed, TimeStep::kChangeLater), "71 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kChangeLater), "") << "there is no other";
  EXPECT_EQ(after(*feed, TimeStep::kLater), "72 of 130");
  EXPECT_EQ(after(*feed, TimeStep::kChangeEarlier), "71 of 130");
}

TEST_F(ReplayFeedTest, GoingBackIsSaid) {
  const auto feed = make_replay_feed(file_, ReplayPace::kAsRecorded);
  feed->play_or_stop();
  feed->move({.step = TimeStep::kMinuteLater});
  EXPECT_FALSE(feed->sample().back);
  feed->move({.step = TimeStep::kEarlier});
  EXPECT_TRUE(feed->sample().back);
}

TEST_F(ReplayFeedTest, StoppedItShowsNothingNewer) {
  const auto feed = make_replay_feed(file_, ReplayPace::kAsRecorded);
  feed->play_or_stop();
  EXPECT_TRUE(feed->sample().snapshot);
  EXPECT_FALSE(feed->sample().snapshot);
}

TEST_F(ReplayFeedTest, ForTextEverySampleComesOnceAndThenNone) {
  const auto feed = make_replay_feed(file_, ReplayPace::kEverySample);
  int count = 0;
  while (feed->sample().snapshot) ++count;
  EXPECT_EQ(count, 130);
}

TEST_F(ReplayFeedTest, WhatCannotBePlayedIsSaid) {
  EXPECT_THROW(make_replay_feed(directory_ / "none.db", ReplayPace::kAsRecorded), RecordingError);
  const auto empty = directory_ / "empty.db";
  { RecordingWriter writer(empty, test_session()); }
  try {
    make_replay_feed(empty, ReplayPace::kAsRecorded);
    FAIL();
  } catch (const RecordingError& error) {
    EXPECT_THAT(error.what(), HasSubstr("nothing was recorded"));
  }
}

}  // namespace
}  // namespace tierwatch
