// SPDX-License-Identifier: MIT
#include "daemon/feeds/past_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A history of seconds 0 to 199 with a mark at 70, and a view since second 180, which is at 239.
/// Postgres was full from 100 to 119, and from 220 on.
class PastFeedTest : public ::testing::Test {
 protected:
  PastFeedTest() {
    RecordingWriter writer(file_, test_session());
    for (int i = 0; i < 200; ++i) writer.add(sample(i));
    writer.add(RunMark{.at = at(70), .text = "deployed"});
    writer.commit();
    for (int i = 180; i < 240; ++i) memory_.add(std::make_shared<const Snapshot>(sample(i)));
  }
  static Snapshot sample(int number) {
    Snapshot snapshot = tick_snapshot(number);
    snapshot.verdict = {.state = VerdictState::kClear};
    if ((number >= 100 && number < 120) || number >= 220)
      snapshot.verdict = {
          .state = VerdictState::kSaturated, .tier = "postgres", .resource = Resource::kCpu};
    return snapshot;
  }
  static WallMoment at(int number) { return tick_snapshot(number).at.wall; }
  static int second(const FeedNews& news) {
    return news.snapshot
               ? static_cast<int>((news.snapshot->at.wall - at(0)) / std::chrono::seconds(1))
               : -1;
  }
  FeedNews move(TimeMove where) {
    feed_->move(where);
    return feed_->sample();
  }
  int after(TimeStep step) { return second(move({.step = step})); }
  int after(int number) { return second(move({.step = TimeStep::kTo, .to = at(number)})); }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "history.db";
  SnapshotMemory memory_;
  std::unique_ptr<PastFeed> feed_ = begun(file_);

  std::unique_ptr<PastFeed> begun(std::optional<std::filesystem::path> history) {
    auto feed = make_past_feed(memory_, std::move(history));
    feed->begin_at(at(239));
    return feed;
  }
};

TEST_F(PastFeedTest, StepsGoThroughMemoryAndThenThroughHistory) {
  EXPECT_EQ(after(TimeStep::kEarlier), 238);
  EXPECT_EQ(after(TimeStep::kMinuteEarlier), 178);
  EXPECT_EQ(after(TimeStep::kLater), 179);
  EXPECT_EQ(after(TimeStep::kLater), 180) << "history ends where memory begins";
  EXPECT_EQ(after(TimeStep::kLater), 181);
  EXPECT_EQ(after(TimeStep::kEarlier), 180);
  EXPECT_EQ(after(TimeStep::kEarlier), 179);
  EXPECT_EQ(after(TimeStep::kMinuteLater), 239);
}

TEST_F(PastFeedTest, OfMemoryAllIsKnownAndOfHistoryLess) {
  const FeedNews near = move({.step = TimeStep::kEarlier});
  EXPECT_FALSE(near.sparse);
  EXPECT_EQ(*near.snapshot, sample(238));
  const FeedNews far = move({.step = TimeStep::kTo, .to = at(50)});
  EXPECT_TRUE(far.sparse);
  EXPECT_EQ(far.snapshot->hostname, "web1");
  EXPECT_TRUE(far.around) << "the verdicts around it";
}

TEST_F(PastFeedTest, BehindTheNewestIsNow) {
  EXPECT_TRUE(move({.step = TimeStep::kLater}).now);
  EXPECT_TRUE(move({.step = TimeStep::kMinuteLater}).now);
  EXPECT_TRUE(move({.step = TimeStep::kTo, .to = at(300)}).now);
}

TEST_F(PastFeedTest, BeforeTheOldestIsNothingAndThatIsSaid) {
  const FeedNews news = move({.step = TimeStep::kTo, .to = at(-100)});
  EXPECT_EQ(second(news), 0);
  EXPECT_THAT(news.trouble, HasSubstr("nothing older is known"));
  EXPECT_EQ(after(TimeStep::kEarlier), 0);
  EXPECT_THAT(move({.step = TimeStep::kEarlier}).trouble, HasSubstr("nothing older is known"));
  EXPECT_THAT(move({.step = TimeStep::kLater}).trouble, IsEmpty());
}

TEST_F(PastFeedTest, AMinuteAtTheBeginningLeadsToTheBeginning) {
  after(30);
  EXPECT_EQ(after(TimeStep::kMinuteEarlier), 0);
}

TEST_F(PastFeedTest, ChangesAndMarksAreJumpedToInTheirOrder) {
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 220) << "seen by the view alone";
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 120);
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 100);
  const FeedNews mark = move({.step = TimeStep::kChangeEarlier});
  EXPECT_EQ(second(mark), 70);
  EXPECT_THAT(mark.moment, HasSubstr("mark: deployed"));
  EXPECT_THAT(move({.step = TimeStep::kChangeEarlier}).trouble, HasSubstr("no earlier change"));
  EXPECT_EQ(after(TimeStep::kChangeLater), 100);
  EXPECT_EQ(after(TimeStep::kChangeLater), 120);
  EXPECT_EQ(after(TimeStep::kChangeLater), 220);
  EXPECT_THAT(move({.step = TimeStep::kChangeLater}).trouble, HasSubstr("no later change"));
}

TEST_F(PastFeedTest, AMarkThatIsNewerThanTheNewestSampleIsTheLastChange) {
  {
    RecordingWriter writer(file_, test_session());
    writer.add(RunMark{.at = at(239) + std::chrono::milliseconds(400), .text = "rolled back"});
    writer.commit();
  }
  const FeedNews mark = move({.step = TimeStep::kChangeEarlier});
  EXPECT_EQ(second(mark), 239);
  EXPECT_THAT(mark.moment, HasSubstr("mark: rolled back"));
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 220);
  EXPECT_THAT(move({.step = TimeStep::kChangeLater}).moment, HasSubstr("mark: rolled back"));
}

TEST_F(PastFeedTest, AMarkBetweenChangesThatTheViewAloneSawStandsAmongThem) {
  {
    RecordingWriter writer(file_, test_session());
    writer.add(RunMark{.at = at(230), .text = "rolled back"});
    writer.commit();
  }
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 230);
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 220);
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 120);
  EXPECT_EQ(after(TimeStep::kChangeLater), 220) << "before the mark of 230";
}

TEST_F(PastFeedTest, FromAStandingPictureChangesBeforeItAreFound) {
  feed_->begin_at(at(210));
  EXPECT_EQ(after(TimeStep::kChangeEarlier), 120);
}

TEST_F(PastFeedTest, KeysThatCameMeanwhileAllCount) {
  for (int i = 0; i < 5; ++i) feed_->move({.step = TimeStep::kEarlier});
  EXPECT_EQ(second(feed_->sample()), 234);
}

TEST_F(PastFeedTest, AGapIsJumpedOverAndSaid) {
  {
    RecordingWriter writer(file_, test_session());
    writer.add(sample(-3600));
    writer.commit();
  }
  EXPECT_EQ(after(0), 0);
  EXPECT_EQ(after(TimeStep::kEarlier), -3600);
  EXPECT_EQ(after(TimeStep::kMinuteLater), 0);
  const FeedNews news = move({.step = TimeStep::kTo, .to = at(-1000)});
  EXPECT_EQ(second(news), -3600);
  EXPECT_THAT(news.trouble, HasSubstr("nothing is known"));
}

TEST_F(PastFeedTest, WithoutAHistoryThereIsWhatTheViewSaw) {
  for (const auto& history :
       {std::optional<std::filesystem::path>(), std::optional(directory_ / "none.db")}) {
    feed_ = begun(history);
    EXPECT_EQ(after(TimeStep::kMinuteEarlier), 180);
    const FeedNews news = move({.step = TimeStep::kEarlier});
    EXPECT_EQ(second(news), 180);
    EXPECT_THAT(news.trouble, HasSubstr(history ? "none.db" : "nothing older is known"));
  }
}

TEST_F(PastFeedTest, TheLastHourIsRecalledOnceThenMarksOnly) {
  const FeedNews first = feed_->sample();
  ASSERT_TRUE(first.around);
  EXPECT_EQ(first.around->spans.size(), 3u);
  EXPECT_EQ(first.around->marks.size(), 1u);
  {
    RecordingWriter writer(file_, test_session());
    writer.add(RunMark{.at = at(190), .text = "rolled back"});
    writer.commit();
  }
  const FeedNews second = feed_->sample();
  ASSERT_TRUE(second.around);
  EXPECT_THAT(second.around->spans, IsEmpty());
  EXPECT_EQ(second.around->marks.size(), 2u);
}

}  // namespace
}  // namespace tierwatch
