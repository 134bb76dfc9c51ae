// SPDX-License-Identifier: MIT
#include "analysis/load/offered_load.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <queue>
#include <vector>

#include "collectors/loads/series/request_tally.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::chrono::system_clock::time_point kBegin{1'760'000'000s};

std::vector<LoadStep> one_step(std::chrono::seconds length) {
  return {{.kind = LoadStep::Kind::kPlateau, .begin = kBegin, .end = kBegin + length}};
}

/// Requests of `users` who each begin one every `pace`, or as soon as the last is answered; a
/// server that answers in 200 ± 100 ms, but nobody from 30 s on for `stall`.
struct PacedUsers {
  int users = 50;
  double pace = 1, stall = 0;
  std::vector<double> latencies, missed;

  double latency_at(double begin, int number) const {
    const double usual = 0.2 + 0.1 * std::sin(begin / 3) + 1e-5 * (number % 7);
    return begin >= 30 && begin < 30 + stall ? 30 + stall - begin + usual : usual;
  }

  LoadSeries run(double seconds) {
    RequestTally tally(RequestTally::Users::kSeen);
    const auto at = [](double time) {
      return kBegin.time_since_epoch() + std::chrono::nanoseconds(std::llround(time * 1e9));
    };
    for (int user = 0; user < users; ++user) {
      double due = pace * user / users;
      for (double begin = due; begin < seconds;) {
        const double end = begin + latency_at(begin, user);
        latencies.push_back(end - begin);
        EXPECT_EQ(tally.add({at(begin), at(end)}), nullptr);
        EXPECT_EQ(tally.see_users(at(end), users), nullptr);
        while ((due += pace) < end) missed.push_back(end - due);  // and does not make up for
        begin = due;
      }
    }
    LoadSeries series{.tool = "jmeter"};
    tally.write_to(series, true);
    return series;
  }
};

TEST(OfferedLoad, OfUsersWhoKeepTheirPaceEverythingIsAchieved) {
  PacedUsers truth;
  const LoadSeries load = truth.run(60);
  const OfferedLoad found = find_offered(load, one_step(60s), load.start, "");
  EXPECT_EQ(found.sending.model, LoadModel::kPaced);
  EXPECT_NEAR(found.sending.pace_seconds.value(), 1, 0.02);
  ASSERT_EQ(found.steps.size(), 1u);
  EXPECT_NEAR(found.steps[0].offered_per_second.value(), 50, 1);
  EXPECT_NEAR(found.steps[0].achieved_per_second.value(), 50, 1);
  EXPECT_FALSE(found.hidden);
  EXPECT_THAT(found.hidden_words, HasSubstr("kept their pace"));
}

TEST(OfferedLoad, APaceIsKnownWhereverAStallEnds) {
  for (const double stall : {0.7, 1.5, 2.3, 3.0, 3.7, 5.2}) {
    PacedUsers users{.users = 40, .pace = 0.9, .stall = stall};
    const LoadSeries load = users.run(60);
    const OfferedLoad found = find_offered(load, one_step(60s), load.start, "");
    EXPECT_EQ(found.sending.model, LoadModel::kPaced) << stall << ": " << found.sending.words;
  }
}

/// The server is done with the schedule's requests long after the last was sent.
TEST(OfferedLoad, WhileOnlyAnswersAreLeftNothingIsOffered) {
  LoadSeries load{.tool = "vegeta", .start = kBegin};
  for (int second = 0; second < 15; ++second) {
    LoadPoint point{.begin = second * 1s, .requests = 20, .mean_seconds = 0.05 + 0.3 * second};
    point.started = second < 10 ? 30 : 0;
    load.points.push_back(point);
  }
  load.totals.requests = 300;
  load.totals.seconds = 15;
  const OfferedLoad found = find_offered(load, one_step(15s), kBegin, "");
  ASSERT_EQ(found.sending.model, LoadModel::kOpen) << found.sending.words;
  EXPECT_DOUBLE_EQ(found.steps.at(0).offered_per_second.value(), 30);
  EXPECT_DOUBLE_EQ(found.steps.at(0).achieved_per_second.value(), 20);
}

TEST(OfferedLoad, AStallHidesRequestsAndNeverMoreThanItDid) {
  for (const double stall : {3.0, 6.0, 12.0}) {
    SCOPED_TRACE(stall);
    PacedUsers truth{.stall = stall};
    const LoadSeries load = truth.run(60);
    const OfferedLoad found = find_offered(load, one_step(60s), load.start, "");
    ASSERT_TRUE(found.hidden) << found.hidden_words;
    const double hidden = double(truth.missed.size());
    EXPECT_LE(found.hidden->requests, hidden * 1.02);
    EXPECT_GE(found.hidden->requests, hidden * 0.7);
    std::vector<double> all = truth.latencies;
    all.insert(all.end(), truth.missed.begin(), truth.missed.end());
    std::ranges::sort(all);
    const double p99 = all[std::size_t(0.99 * double(all.size()))];
    ASSERT_TRUE(found.hidden->p99_seconds);
    EXPECT_LE(*found.hidden->p99_seconds, p99);
    EXPECT_GT(*found.hidden->p99_seconds, 0.35 * p99);
    EXPECT_THAT(found.hidden_words, HasSubstr("at least"));
  }
}

/// A schedule of 200 requests a second for a server that answers 150.
LoadSeries overloaded() {
  RequestTally tally(RequestTally::Users::kInFlight);
  double free = 0;
  for (int i = 0; i < 200 * 40; ++i) {
    const double begin = i / 200.0;
    free = std::max(free, begin) + 1 / 150.0;
    const auto at = [](double time) {
      return kBegin.time_since_epoch() + std::chrono::nanoseconds(std::llround(time * 1e9));
    };
    EXPECT_EQ(tally.add({at(begin), at(free)}), nullptr);
  }
  LoadSeries series{.tool = "vegeta"};
  tally.write_to(series, true);
  return series;
}

TEST(OfferedLoad, OfAScheduleThatTheServerCannotKeepTheRestIsShort) {
  const LoadSeries load = overloaded();
  const OfferedLoad found = find_offered(load, one_step(40s), load.start, "");
  EXPECT_EQ(found.sending.model, LoadModel::kOpen);
  EXPECT_TRUE(found.sending.measured);
  const OfferedInStep& step = found.steps.at(0);
  EXPECT_NEAR(step.offered_per_second.value(), 200, 2);
  EXPECT_NEAR(step.achieved_per_second.value(), 150, 2);
  EXPECT_NEAR(step.short_ratio.value(), 0.25, 0.02);
  EXPECT_EQ(found.words, "Of 200/s offered, 150/s were achieved: 25 % less; all were sent.");
  EXPECT_THAT(found.hidden_words, HasSubstr("hides nothing"));
}

TEST(OfferedLoad, WhatWasDroppedWasOffered) {
  LoadSeries load{.tool = "k6"};
  for (int second = 0; second < 40; ++second) {
    LoadPoint point{.begin = second * 1s, .requests = 80, .users = 20, .mean_seconds = 0.25};
    point.started = 80;
    point.dropped = 20;
    load.points.push_back(point);
  }
  load.totals = {.requests = 3200, .seconds = 40, .dropped = 800};
  const OfferedLoad found = find_offered(load, one_step(40s), kBegin, "");
  EXPECT_NEAR(found.steps.at(0).offered_per_second.value(), 100, 1e-6);
  EXPECT_NEAR(found.steps.at(0).short_ratio.value(), 0.2, 1e-6);
  EXPECT_THAT(found.words, HasSubstr("sent only 80"));
  EXPECT_THAT(found.hidden_words, HasSubstr("800 requests were due and never sent"));
}

TEST(OfferedLoad, AClosedLoadOffersNothingOfItsOwnAndSaysWhy) {
  LoadSeries load{.tool = "wrk"};
  load.totals = {.requests = 20'000, .seconds = 10, .users = 100, .mean_seconds = 0.0495};
  const OfferedLoad found = find_offered(load, one_step(10s), kBegin, "wrk -c100 http://shop/");
  EXPECT_FALSE(found.steps.at(0).offered_per_second);
  EXPECT_THAT(found.words, HasSubstr("closed load asks for as much as is answered"));
  EXPECT_FALSE(found.hidden);
  EXPECT_THAT(found.hidden_words, HasSubstr("without a pace"));
}

TEST(OfferedLoad, TheRateOfTheCommandIsWhatWasOffered) {
  LoadSeries load{.tool = "wrk2"};
  load.totals = {.requests = 15'000, .seconds = 10, .users = 100, .mean_seconds = 1.3};
  const OfferedLoad found = find_offered(load, one_step(10s), kBegin, "wrk -c100 -R2000 http://s/");
  EXPECT_EQ(found.asked_per_second, 2000);
  EXPECT_NEAR(found.steps.at(0).short_ratio.value(), 0.25, 1e-9);
  EXPECT_THAT(found.hidden_words, HasSubstr("from when a request was due"));
  const OfferedLoad unknown = find_offered(load, one_step(10s), kBegin, "");
  EXPECT_FALSE(unknown.steps.at(0).offered_per_second);
  EXPECT_THAT(unknown.words, HasSubstr("neither the file nor"));
}

TEST(OfferedLoad, TotalsOfAPaceShowHowManyAreMissing) {
  LoadSeries load{.tool = "hey"};
  load.totals = {.requests = 900, .seconds = 10, .mean_seconds = 0.05};
  const OfferedLoad found = find_offered(load, one_step(10s), kBegin, "hey -c 20 -q 5 http://s/");
  ASSERT_TRUE(found.hidden);
  EXPECT_NEAR(found.hidden->requests, 100, 1e-6);
  EXPECT_FALSE(found.hidden->p99_seconds);
}

/// hey's text tells no connections; the command has them in a variable.
TEST(OfferedLoad, OfAPaceWithoutUsersNothingIsSaidToBeKept) {
  LoadSeries load{.tool = "hey", .start = kBegin, .points_are_runs = true};
  for (int run = 0; run < 3; ++run)
    load.points.push_back({.begin = run * 6s, .length = 6s, .requests = 60, .mean_seconds = 0.05});
  const OfferedLoad found = find_offered(
      load, one_step(18s), kBegin, "sh -c 'for c in 1 2 4; do hey -c $c -q 10 http://shop/; done'");
  EXPECT_EQ(found.sending.model, LoadModel::kPaced);
  EXPECT_EQ(found.sending.pace_seconds, 0.1);
  EXPECT_THAT(found.words, HasSubstr("not known"));
  EXPECT_THAT(found.hidden_words, HasSubstr("not known"));
}

}  // namespace
}  // namespace tierwatch
