// SPDX-License-Identifier: MIT
#include "daemon/feeds/feed_pump.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <atomic>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

/// Counts what it is asked for; `answers` decides what comes.
class CountingFeed : public TopFeed {
 public:
  explicit CountingFeed(bool looks_between = false) : looks_between_(looks_between) {}

  FeedNews sample() override {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->sequence = ++samples;
    if (silent) return {.trouble = "no answer"};
    return {.snapshot = std::move(snapshot),
            .taken_at = std::chrono::seconds(7),
            .moment = "noon",
            .back = snapshot_is_back.exchange(false)};
  }
  std::optional<nanoseconds> between_interval() const override {
    return looks_between_ ? std::optional<nanoseconds>(milliseconds(1)) : std::nullopt;
  }
  void between() override { ++looks; }
  std::string source() const override { return "a test"; }
  bool local() const override { return true; }
  void cancel() override { cancelled = true; }

  std::atomic<std::uint64_t> samples = 0, looks = 0;
  std::atomic<bool> silent = false;
  std::atomic<bool> snapshot_is_back = false;  ///< the next one
  static inline std::atomic<bool> cancelled = false;

 private:
  bool looks_between_;
};

bool wait_for_news(const FeedPump& pump) {
  pollfd news{.fd = pump.descriptor(), .events = POLLIN, .revents = 0};
  return poll(&news, 1, 20'000) == 1;
}

TEST(FeedPump, TheFirstSampleComesAtOnceHoweverLongTheInterval) {
  FeedPump pump(std::make_unique<CountingFeed>(), std::chrono::hours(1));
  ASSERT_TRUE(wait_for_news(pump));
  const auto news = pump.take();
  ASSERT_TRUE(news && news->snapshot);
  EXPECT_EQ(news->snapshot->sequence, 1u);
  EXPECT_FALSE(pump.take()) << "it is told once";
}

class BrokenFeed : public CountingFeed {
 public:
  FeedNews sample() override { throw std::runtime_error("out of order"); }
};

TEST(FeedPump, AFeedThatThrowsIsTroubleAndNoEnd) {
  FeedPump pump(std::make_unique<BrokenFeed>(), milliseconds(1));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(wait_for_news(pump));
    const auto news = pump.take();
    ASSERT_TRUE(news);
    EXPECT_EQ(news->trouble, "out of order");
  }
}

/// Which signals its thread has blocked.
class MaskFeed : public CountingFeed {
 public:
  explicit MaskFeed(sigset_t& mask) : mask_(mask) {}
  FeedNews sample() override {
    pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
    return CountingFeed::sample();
  }

 private:
  sigset_t& mask_;
};

/// A blocked fault ends the program without its handler, which gives the terminal back.
TEST(FeedPump, SignalsAreLeftToTheMainThreadButForItsOwnFaults) {
  sigset_t mask;
  sigemptyset(&mask);
  {
    FeedPump pump(std::make_unique<MaskFeed>(mask), std::chrono::hours(1));
    ASSERT_TRUE(wait_for_news(pump));
  }
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGTSTP, SIGWINCH})
    EXPECT_EQ(sigismember(&mask, signal), 1) << signal;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    EXPECT_EQ(sigismember(&mask, signal), 0) << signal;
}

TEST(FeedPump, SamplesGoOn) {
  FeedPump pump(std::make_unique<CountingFeed>(), milliseconds(1));
  std::uint64_t last = 0;
  while (last < 5) {
    ASSERT_TRUE(wait_for_news(pump));
    if (const auto news = pump.take()) {
      EXPECT_GT(news->snapshot->sequence, last);
      last = news->snapshot->sequence;
    }
  }
}

TEST(FeedPump, AShorterIntervalHoldsAtOnce) {
  FeedPump pump(std::make_unique<CountingFeed>(), std::chrono::hours(1));
  std::uint64_t seen = 0;
  while (seen < 2) {  // the second comes soon by itself
    ASSERT_TRUE(wait_for_news(pump));
    if (const auto news = pump.take()) seen = news->snapshot->sequence;
  }
  pump.set_interval(milliseconds(1));
  ASSERT_TRUE(wait_for_news(pump)) << "an hour has not passed";
}

TEST(FeedPump, WhatComesAndGoesIsLookedAtBetweenSamples) {
  auto owned = std::make_unique<CountingFeed>(true);
  CountingFeed& feed = *owned;
  FeedPump pump(std::move(owned), milliseconds(200));
  while (feed.samples < 2) {
    ASSERT_TRUE(wait_for_news(pump));
    pump.take();
  }
  EXPECT_GT(feed.looks, 0u);
}

TEST(FeedPump, TroubleIsNewsAndDoesNotHideASnapshotThatWasNotTaken) {
  auto owned = std::make_unique<CountingFeed>();
  CountingFeed& feed = *owned;
  FeedPump pump(std::move(owned), milliseconds(1));
  ASSERT_TRUE(wait_for_news(pump));
  feed.silent = true;
  const auto before = feed.samples.load();
  while (feed.samples < before + 3) ASSERT_TRUE(wait_for_news(pump));
  const auto news = pump.take();
  ASSERT_TRUE(news);
  EXPECT_TRUE(news->snapshot);
  EXPECT_EQ(news->taken_at, std::chrono::seconds(7)) << "it goes with the snapshot";
  EXPECT_EQ(news->moment, "noon");
  EXPECT_EQ(news->trouble, "no answer");
}

TEST(FeedPump, AStepBackIsToldAlsoWhenAnotherSampleCameBeforeItWasTaken) {
  auto owned = std::make_unique<CountingFeed>();
  CountingFeed& feed = *owned;
  feed.snapshot_is_back = true;
  FeedPump pump(std::move(owned), milliseconds(1));
  while (feed.samples < 3) ASSERT_TRUE(wait_for_news(pump));
  const auto news = pump.take();
  ASSERT_TRUE(news && news->snapshot);
  EXPECT_GT(news->snapshot->sequence, 1u);
  EXPECT_TRUE(news->back) << "what came after it would stay in the history";
}

TEST(FeedPump, TheEndCancelsWhatWaits) {
  CountingFeed::cancelled = false;
  { FeedPump pump(std::make_unique<CountingFeed>(), std::chrono::hours(1)); }
  EXPECT_TRUE(CountingFeed::cancelled);
}

}  // namespace
}  // namespace tierwatch
