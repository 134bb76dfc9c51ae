// SPDX-License-Identifier: MIT
#include "daemon/commands/verdict_command.h"

#include <gmock/gmock.h>

#include <deque>
#include <sstream>
#include <stdexcept>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

SnapshotPtr saying(VerdictState state, std::string tier, std::string sentence) {
  Snapshot snapshot;
  snapshot.verdict.state = state;
  snapshot.verdict.tier = std::move(tier);
  snapshot.verdict.sentence = std::move(sentence);
  return std::make_shared<const Snapshot>(std::move(snapshot));
}
SnapshotPtr unknown() { return saying(VerdictState::kUnknown, "", "not known: too early"); }
SnapshotPtr clear() { return saying(VerdictState::kClear, "", "nothing is full"); }
SnapshotPtr full(const std::string& tier) {
  return saying(VerdictState::kSaturated, tier, tier + " is full");
}

/// Gives its news one after the other; the last one again and again.
class FakeFeed : public TopFeed {
 public:
  FeedNews sample() override {
    ++samples;
    const FeedNews one = news.front();
    if (news.size() > 1) news.pop_front();
    return one;
  }
  std::optional<nanoseconds> between_interval() const override { return own_interval; }
  void between() override { ++looks; }
  std::string source() const override { return "a feed"; }
  bool local() const override { return true; }

  std::deque<FeedNews> news;
  std::optional<nanoseconds> own_interval;  ///< present: it samples by itself
  int samples = 0, looks = 0;
};

class VerdictCommandTest : public ::testing::Test {
 protected:
  int run(std::deque<FeedNews> news) {
    feed_.news = std::move(news);
    const VerdictSurroundings around{.feed = feed_,
                                     .now = [this] { return now_; },
                                     .sleep_until =
                                         [this](nanoseconds deadline) {
                                           now_ = std::max(now_, deadline);
                                           return now_ < interrupted_at_;
                                         },
                                     .out = out_,
                                     .errors = errors_};
    return follow_verdict(options_, around);
  }

  VerdictOptions options_;
  FakeFeed feed_;
  nanoseconds now_ = seconds(100);
  nanoseconds interrupted_at_ = seconds(1000);
  std::ostringstream out_, errors_;
};

TEST_F(VerdictCommandTest, TheExitStatusTellsTheState) {
  EXPECT_EQ(run({{.snapshot = clear()}}), 0);
  EXPECT_EQ(run({{.snapshot = full("uwsgi")}}), 3);
  EXPECT_EQ(run({{.snapshot = unknown()}}), 4);
}

TEST_F(VerdictCommandTest, ADaemonIsAskedOnce) {
  run({{.snapshot = unknown()}, {.snapshot = full("uwsgi")}});
  EXPECT_EQ(feed_.samples, 1);
  EXPECT_THAT(out_.str(), StartsWith("not known: too early\na feed\n"));
}

TEST_F(VerdictCommandTest, WaitingEndsAsSoonAsItIsKnown) {
  options_.wait = seconds(60);
  EXPECT_EQ(run({{.snapshot = unknown()}, {.snapshot = unknown()}, {.snapshot = full("uwsgi")}}),
            3);
  EXPECT_EQ(now_, seconds(101));
  EXPECT_THAT(out_.str(), StartsWith("uwsgi is full\n"));
}

TEST_F(VerdictCommandTest, WaitingEndsWhenTimeIsUp) {
  options_.wait = seconds(2);
  EXPECT_EQ(run({{.snapshot = unknown()}}), 4);
  EXPECT_EQ(now_, seconds(102));
}

TEST_F(VerdictCommandTest, SamplingHereItWatchesForTheWindow) {
  feed_.own_interval = milliseconds(50);
  EXPECT_EQ(run({{.snapshot = unknown()}}), 4);
  EXPECT_EQ(now_, seconds(115));
  EXPECT_EQ(feed_.samples, 61);
  EXPECT_EQ(feed_.looks, 60 * 4) << "accept queues are looked at between two samples";
}

TEST_F(VerdictCommandTest, AnInterruptEndsItWithWhatIsKnown) {
  options_.wait = seconds(60);
  interrupted_at_ = seconds(102);
  EXPECT_EQ(run({{.snapshot = unknown()}}), 4);
  EXPECT_LE(now_, seconds(102));
}

TEST_F(VerdictCommandTest, NoAnswerAtAllIsAnError) {
  EXPECT_THROW(run({{.trouble = "no answer: refused"}}), std::runtime_error);
}

TEST_F(VerdictCommandTest, ADaemonWithoutASampleYetIsWaitedFor) {
  options_.wait = seconds(5);
  EXPECT_EQ(run({{.trouble = "the daemon has no sample yet"}, {.snapshot = clear()}}), 0);
}

TEST_F(VerdictCommandTest, WatchingTellsEachChangeOnce) {
  options_.watch = true;
  interrupted_at_ = seconds(110);
  EXPECT_EQ(run({{.snapshot = clear()},
                 {.snapshot = clear()},
                 {},
                 {.snapshot = full("uwsgi")},
                 {.snapshot = full("uwsgi")},
                 {.snapshot = full("redis")}}),
            3)
      << "the status of the verdict in force";
  std::istringstream lines(out_.str());
  std::vector<std::string> sentences;
  for (std::string line; std::getline(lines, line);) sentences.push_back(line.substr(9));
  EXPECT_EQ(sentences,
            (std::vector<std::string>{"nothing is full", "uwsgi is full", "redis is full"}));
  EXPECT_THAT(errors_.str(), IsEmpty());
}

TEST_F(VerdictCommandTest, WatchingAsJsonIsALineEach) {
  options_.watch = options_.json = true;
  interrupted_at_ = seconds(103);
  run({{.snapshot = clear()}, {.snapshot = full("uwsgi")}});
  const std::string text = out_.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr(R"("state":"clear")"));
  EXPECT_THAT(text, HasSubstr(R"("tier":"uwsgi")"));
}

TEST_F(VerdictCommandTest, WatchingOutlivesTheDaemonAndSaysSo) {
  options_.watch = true;
  interrupted_at_ = seconds(105);
  EXPECT_EQ(run({{.snapshot = clear()},
                 {.trouble = "no answer: refused"},
                 {.trouble = "no answer: refused"},
                 {.snapshot = clear()}}),
            0);
  EXPECT_EQ(errors_.str(), "no answer: refused\nit answers again\n");
}

TEST_F(VerdictCommandTest, NobodyWhoReadsEndsTheWatch) {
  options_.watch = true;
  out_.setstate(std::ios::badbit);
  run({{.snapshot = clear()}});
  EXPECT_EQ(feed_.samples, 1);
}

}  // namespace
}  // namespace tierwatch
