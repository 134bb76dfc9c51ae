// SPDX-License-Identifier: MIT
#include "analysis/judge/time_by_tier.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

/// 50 requests at nginx, over a UNIX socket at uwsgi: 46 queued, 4 taken on, half of which wait for
/// postgres.
JudgeInput held_stack() {
  JudgeInput in = quiet_stack();
  tier_of(in, "nginx").listeners->front().name = "127.0.0.1:80";
  tier_of(in, "nginx").owed = 50;
  tier_of(in, "nginx").serving_cores = 0.5;
  tier_of(in, "nginx").run_delay_cores = 0;
  TierFacts& uwsgi = tier_of(in, "uwsgi");
  uwsgi.listeners->front().queue_mean = 46;
  uwsgi.busy_workers = uwsgi.owed = 4;
  uwsgi.serving_cores = 1.2;
  uwsgi.run_delay_cores = 0.8;
  uwsgi.peers = {{{.name = "postgres", .watched = true, .connections = 4, .awaiting = 2},
                  {.name = "redis", .watched = true, .connections = 4, .awaiting = 0}}};
  tier_of(in, "postgres").backends = {6, 2, 1.9, 0, 97.0};
  tier_of(in, "postgres").serving_cores = 0.1;
  tier_of(in, "postgres").run_delay_cores = 0;
  return in;
}

const TierTime& time_of(const std::vector<TierTime>& tiers, const std::string& tier) {
  return *std::ranges::find(tiers, tier, &TierTime::tier);
}

double spent_on(const TierTime& time, Spent on) {
  double all = 0;
  for (const TimeSpent& part : time.spent) all += part.on == on ? part.requests : 0;
  return all;
}

double sum_of(const TierTime& time) {
  double all = 0;
  for (const TimeSpent& part : time.spent) all += part.requests;
  return all;
}

TEST(TimeByTier, TakesTheRequestsOfATierApart) {
  const auto tiers = time_by_tier(held_stack());
  const TierTime& uwsgi = time_of(tiers, "uwsgi");
  EXPECT_DOUBLE_EQ(uwsgi.in_flight, 50);
  EXPECT_DOUBLE_EQ(spent_on(uwsgi, Spent::kQueued), 46);
  EXPECT_DOUBLE_EQ(spent_on(uwsgi, Spent::kCpu), 1.2);
  EXPECT_DOUBLE_EQ(spent_on(uwsgi, Spent::kCpuWait), 0.8);
  EXPECT_DOUBLE_EQ(spent_on(uwsgi, Spent::kPeer), 2);
  EXPECT_DOUBLE_EQ(spent_on(uwsgi, Spent::kUnknown), 0);
  EXPECT_DOUBLE_EQ(spent_on(time_of(tiers, "postgres"), Spent::kLock), 1.9);
}

TEST(TimeByTier, WhereAUnixSocketDoesNotTellWhoWaitsTheServerDoes) {
  const auto tiers = time_by_tier(held_stack());
  EXPECT_NEAR(spent_on(time_of(tiers, "nginx"), Spent::kPeer), 49.5, 1e-9);
  EXPECT_NEAR(spent_on(time_of(tiers, "nginx"), Spent::kCpu), 0.5, 1e-9);
}

TEST(TimeByTier, WhatIsNotExplainedIsNotSpread) {
  JudgeInput in = held_stack();
  tier_of(in, "uwsgi").peers.emplace();
  const auto tiers = time_by_tier(in);
  EXPECT_DOUBLE_EQ(spent_on(time_of(tiers, "uwsgi"), Spent::kUnknown), 2);
}

TEST(TimeByTier, IdleConnectionsToAnEventLoopOverUnixSocketsAreNoRequests) {
  JudgeInput in = held_stack();
  tier_of(in, "redis").owed = 20;
  tier_of(in, "redis").listeners->front().name = "/run/redis.sock";
  EXPECT_EQ(std::ranges::count(time_by_tier(in), "redis", &TierTime::tier), 0);
  tier_of(in, "redis").listeners->front().name = "127.0.0.1:6379";
  EXPECT_EQ(std::ranges::count(time_by_tier(in), "redis", &TierTime::tier), 1);
}

TEST(TimeByTier, ALoopThatAsksManyForOneRequestHasNoMoreThanItsRequests) {
  JudgeInput in = held_stack();
  TierFacts& nginx = tier_of(in, "nginx");
  nginx.owed = 4.5;
  nginx.peers = {{{.name = "uwsgi", .watched = true, .connections = 9, .awaiting = 6},
                  {.name = "10.0.0.9:80", .watched = false, .connections = 9, .awaiting = 2}}};
  const auto tiers = time_by_tier(in);
  const TierTime& time = time_of(tiers, "nginx");
  EXPECT_DOUBLE_EQ(spent_on(time, Spent::kPeer), 4);
  EXPECT_DOUBLE_EQ(time.spent.back().requests, 1);
  EXPECT_EQ(time.spent.back().peer, "10.0.0.9:80");
}

TEST(TimeByTier, ConnectionsThatMayBeAnothersExplainWhatIsLeft) {
  JudgeInput in = held_stack();
  tier_of(in, "nginx")
      .peers->insert(
          tier_of(in, "nginx").peers->begin(),
          {.name = "postgres", .watched = true, .connections = 4, .awaiting = 2, .perhaps = true});
  tier_of(in, "uwsgi").peers->front().perhaps = true;
  EXPECT_EQ(request_time_words(request_time(time_by_tier(in))),
            "nginx 1 % → uwsgi 95 % (queued 91, cpu 2, waiting for a cpu 2) → postgres 4 % (lock)");
}

TEST(TimeByTier, WaysThatPartAreNoChain) {
  JudgeInput in = held_stack();
  in.tiers.push_back(tier_of(in, "uwsgi"));
  TierFacts& other = in.tiers.back();
  other.name = "gunicorn";
  other.listeners->front().queue_mean = 0;
  other.peers.emplace();
  tier_of(in, "nginx")
      .peers->push_back({.name = "gunicorn", .watched = true, .connections = 4, .awaiting = 4});
  const std::string words = request_time_words(request_time(time_by_tier(in)));
  EXPECT_NE(words.find("; nginx → gunicorn "), words.npos) << words;
}

TEST(TimeByTier, ProcessesWithoutARequestThatWaitForACpuTakeNothingFromThoseThatAwaitAnAnswer) {
  JudgeInput in = held_stack();
  tier_of(in, "uwsgi").run_delay_cores = 3;  // every idle worker is woken by each connection
  const auto tiers = time_by_tier(in);
  EXPECT_DOUBLE_EQ(spent_on(time_of(tiers, "uwsgi"), Spent::kPeer), 2);
  EXPECT_NEAR(spent_on(time_of(tiers, "uwsgi"), Spent::kCpuWait), 0.8, 1e-9);
}

TEST(TimeByTier, WaitsForACpuAndAnswersThatMayBeOwedToOthersGiveWayAlike) {
  JudgeInput in = held_stack();
  tier_of(in, "uwsgi").run_delay_cores = 3;
  tier_of(in, "uwsgi").peers->front().perhaps = true;
  const auto tiers = time_by_tier(in);
  EXPECT_NEAR(spent_on(time_of(tiers, "uwsgi"), Spent::kPeer), 2 * 2.8 / 5, 1e-9);
  EXPECT_NEAR(spent_on(time_of(tiers, "uwsgi"), Spent::kCpuWait), 3 * 2.8 / 5, 1e-9);
}

TEST(TimeByTier, RequestsOfWatchedClientsAreNotFromOutside) {
  const auto tiers = time_by_tier(held_stack());
  EXPECT_DOUBLE_EQ(time_of(tiers, "nginx").from_outside, 50);
  EXPECT_NEAR(time_of(tiers, "uwsgi").from_outside, 0.5, 1e-9);
  EXPECT_NEAR(time_of(tiers, "postgres").from_outside, 0, 1e-9);
}

TEST(TimeByTier, TheSumClosesWhateverTheFactsAre) {
  for (const JudgeCase& one : judge_cases()) {
    for (const TierTime& time : time_by_tier(one.input()))
      EXPECT_NEAR(sum_of(time), time.in_flight, 1e-9) << one.name << ": " << time.tier;
  }
}

/// Three idle workers of a queue of jobs: one asks for the next job, for a second each time.
JudgeInput idle_consumer() {
  JudgeInput in = quiet_stack();
  for (TierFacts& tier : in.tiers) tier.owed = tier.busy_workers = 0;
  tier_of(in, "postgres").backends->active = 0;
  TierFacts& redis = tier_of(in, "redis");
  redis.listeners->front().name = "127.0.0.1:6379";
  redis.owed = 1;
  redis.cpu_cores = redis.serving_cores = 0.01;
  TierFacts celery = quiet_tier("celery", RoleKind::kSyncWorker, 3);
  celery.listeners->clear();
  celery.connections.reset();
  celery.peers = {{{.name = "redis", .watched = true, .connections = 2, .awaiting = 1}}};
  in.tiers.push_back(std::move(celery));
  return in;
}

TEST(RequestTime, WhoWaitsForTheNextJobIsNoRequest) {
  JudgeInput in = idle_consumer();
  EXPECT_TRUE(request_time(time_by_tier(in)).empty());
  tier_of(in, "redis").cpu_cores = tier_of(in, "redis").serving_cores = 0.9;
  EXPECT_FALSE(request_time(time_by_tier(in)).empty()) << "it works for it";
  in = idle_consumer();
  tier_of(in, "redis").owed = 3;
  EXPECT_NEAR(time_of(time_by_tier(in), "redis").in_flight, 2, 0.05) << "others ask, too";
}

TEST(RequestTime, WhatIsAskedInTheBackgroundIsNoRequest) {
  JudgeInput in = idle_consumer();
  tier_of(in, "celery").listeners->push_back({.name = "127.0.0.1:80"});
  EXPECT_FALSE(request_time(time_by_tier(in)).empty()) << "it may be for a request";
  tier_of(in, "celery").peers->front().background = 1;
  EXPECT_TRUE(request_time(time_by_tier(in)).empty());
}

/// 16 requests in a proxy that may have four connections to its server, and a socket for
/// statistics.
JudgeInput full_proxy() {
  JudgeInput in = quiet_stack();
  TierFacts proxy = quiet_tier("haproxy", RoleKind::kEventWorker, 1);
  proxy.cpu_cores = proxy.serving_cores = 0.1;
  proxy.run_delay_cores = 0;
  proxy.owed = 16;
  proxy.owed_by_unix = 0;
  proxy.peers = {{{.name = "uwsgi", .watched = true, .connections = 4, .awaiting = 4}}};
  in.tiers.push_back(std::move(proxy));
  tier_of(in, "uwsgi").owed = tier_of(in, "uwsgi").busy_workers = 4;
  return in;
}

TEST(RequestTime, RequestsThatWaitBeforeAPoolOfTheProxyAreQueuedInIt) {
  JudgeInput in = full_proxy();
  EXPECT_EQ(request_time_words(request_time(time_by_tier(in))).substr(0, 32),
            "haproxy 75 % (queued 74, cpu 1) ");
  tier_of(in, "haproxy").peers->front().connections = 16;
  EXPECT_EQ(spent_on(time_of(time_by_tier(in), "haproxy"), Spent::kQueued), 0)
      << "none of its connections is missing";
  tier_of(in, "haproxy").owed_by_unix = 12;
  EXPECT_EQ(std::ranges::count(time_by_tier(in), "haproxy", &TierTime::tier), 0)
      << "most may be idle";
}

TEST(RequestTime, FollowsSharesToWhereTheyStay) {
  EXPECT_EQ(request_time_words(request_time(time_by_tier(held_stack()))),
            "nginx 1 % → uwsgi 95 % (queued 91, cpu 2, waiting for a cpu 2) → postgres 4 % (lock)");
}

TEST(RequestTime, SharesAreOfAllOfARequest) {
  for (const JudgeCase& one : judge_cases()) {
    double all = 0;
    const auto places = request_time(time_by_tier(one.input()));
    for (const TimeShare& place : places) all += place.share;
    EXPECT_NEAR(all, places.empty() ? 0 : 1, 0.03) << one.name;
  }
}

TEST(RequestTime, AddressesThatAreNotWatchedArePlaces) {
  JudgeInput in = held_stack();
  tier_of(in, "uwsgi")
      .peers->push_back({.name = "10.0.0.9:25", .watched = false, .connections = 4, .awaiting = 2});
  EXPECT_NE(request_time_words(request_time(time_by_tier(in))).find("10.0.0.9:25 3 %"),
            std::string::npos);
}

TEST(RequestTime, TiersThatAskEachOtherEnd) {
  JudgeInput in = held_stack();
  tier_of(in, "postgres").peers = {
      {{.name = "uwsgi", .watched = true, .connections = 2, .awaiting = 0.1}}};
  double all = 0;
  for (const TimeShare& place : request_time(time_by_tier(in))) all += place.share;
  EXPECT_NEAR(all, 1, 0.03);
}

TEST(RequestTime, WithoutRequestsThereIsNone) {
  JudgeInput in = quiet_stack();
  for (TierFacts& tier : in.tiers) tier.owed = tier.busy_workers = 0;
  tier_of(in, "postgres").backends->active = 0;
  EXPECT_TRUE(request_time(time_by_tier(in)).empty());
}

TEST(RequestTime, AServerThatWasNeverSeenAtWorkKeepsWhatItsClientsWaitFor) {
  JudgeInput in = held_stack();
  tier_of(in, "postgres").backends->active = 0;
  const auto places = request_time(time_by_tier(in));
  EXPECT_EQ(places.back().name, "postgres");
  EXPECT_NEAR(places.back().share, 0.0396, 1e-3);
}

TEST(RequestTime, OneServerOfSeveralIsAPlaceOfItsOwn) {
  JudgeInput in = held_stack();
  tier_of(in, "uwsgi").name = "uwsgi (shop.service)";
  tier_of(in, "nginx").peers->front().name = "uwsgi (shop.service)";
  const auto tiers = time_by_tier(in);
  EXPECT_EQ(time_of(tiers, "uwsgi").instance, "shop.service");
  EXPECT_EQ(request_time(tiers)[1].name, "uwsgi (shop.service)");
}

}  // namespace
}  // namespace tierwatch
