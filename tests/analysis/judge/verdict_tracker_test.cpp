// SPDX-License-Identifier: MIT
#include "analysis/judge/verdict_tracker.h"

#include <gmock/gmock.h>

#include <random>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

JudgeInput case_named(const std::string& name) {
  for (const JudgeCase& one : judge_cases())
    if (one.name == name) return one.input();
  throw std::out_of_range(name);
}

/// Ticks of one length, and when the named verdict changed.
class Ticks {
 public:
  explicit Ticks(double tick) : tick_(tick) {}

  /// The same facts for `seconds`.
  void pass(JudgeInput facts, double seconds) {
    facts.seconds = tick_;
    for (double left = seconds; left > tick_ / 2; left -= tick_) {
      now_ += tick_;
      const std::string before = named_by(tracker.current());
      const std::string after = named_by(tracker.add(facts));
      if (after != before) changed.emplace_back(now_, after);
    }
  }

  VerdictTracker tracker;
  std::vector<std::pair<double, std::string>> changed;

 private:
  double tick_;
  double now_ = 0;
};

const double kTicks[] = {0.5, 1, 2};

TEST(VerdictTracker, IsUnknownUntilAWindowWasSeenTwice) {
  Ticks run(1);
  run.pass(quiet_stack(), 5);
  EXPECT_EQ(run.tracker.current().state, VerdictState::kUnknown);
  EXPECT_EQ(run.tracker.current().sentence, "not known: not watched for 5 s yet");
  run.pass(quiet_stack(), 1);
  EXPECT_EQ(run.tracker.current().state, VerdictState::kClear);
}

/// Two applications under one preset: one out of workers, the other idle.
JudgeInput two_applications() {
  JudgeInput facts = quiet_stack();
  facts.instances = facts.tiers;
  TierFacts& shop = tier_of(facts, "uwsgi");
  shop.workers = shop.worker_processes = 16;
  shop.busy_workers = 5;
  for (TierFacts& one : facts.instances)
    if (one.name == "uwsgi") one.name = "uwsgi (blog.service)";
  facts.instances.push_back(facts.instances[1]);
  TierFacts& full = facts.instances.back();
  full.name = "uwsgi (shop.service)";
  full.busy_workers = 4;
  full.listeners->front().queued_ratio = 1;
  return facts;
}

TEST(VerdictTracker, OfTwoServersOfOneTierTheFullOneIsNamed) {
  Ticks run(1);
  run.pass(two_applications(), 10);
  const Verdict& verdict = run.tracker.current();
  EXPECT_EQ(named_by(verdict), "uwsgi workers");
  EXPECT_EQ(verdict.instance, "shop.service");
  EXPECT_TRUE(verdict.sentence.starts_with("uwsgi (shop.service) is full: all 4 workers busy"))
      << verdict.sentence;
  const auto workers = std::ranges::count_if(verdict.saturations, [](const Saturation& one) {
    return one.tier == "uwsgi" && one.resource == Resource::kWorkers;
  });
  EXPECT_EQ(workers, 1) << "the fullest stands for the tier";
  EXPECT_TRUE(run.tracker.saturated_seconds().contains({"uwsgi", Resource::kWorkers}));
}

TEST(VerdictTracker, ThePathNamesTiersWithTheServersBesideThem) {
  JudgeInput facts = two_applications();
  for (TierFacts& one : facts.instances)
    if (one.name == "nginx")
      one.peers = {{{.name = "uwsgi (shop.service)", .watched = true, .connections = 5}}};
  facts.instances.back().peers = {
      {{.name = "10.0.0.9:25", .watched = false, .connections = 4, .awaiting = 4}}};
  facts.instances.back().waits = {{{WaitFacts::For::kExternal, "10.0.0.9:25", 1}}};
  Ticks run(1);
  run.pass(facts, 10);
  const Verdict& verdict = run.tracker.current();
  ASSERT_EQ(verdict.path.size(), 3u);
  EXPECT_EQ(verdict.path[0].name, "nginx");
  EXPECT_EQ(verdict.path[0].instance, "");
  EXPECT_EQ(verdict.path[1].name, verdict.tier);
  EXPECT_EQ(verdict.path[1].instance, verdict.instance);
  EXPECT_EQ(verdict.path[2].name, "10.0.0.9:25");
}

TEST(VerdictTracker, AServersOwnTierGivesItsThresholds) {
  ThresholdTable table;
  table.tiers["uwsgi"].workers = 0.2;
  Ticks run(1);
  run.tracker.set_thresholds(table);
  JudgeInput facts = two_applications();
  facts.instances.pop_back();
  facts.instances[1].busy_workers = 2;
  run.pass(facts, 10);
  EXPECT_EQ(run.tracker.current().instance, "blog.service");
}

TEST(VerdictTracker, StepIsNamedWithinTenSecondsAndClearWithinFifteen) {
  for (const JudgeCase& one : judge_cases()) {
    if (one.expected == "nothing") continue;
    for (const double tick : kTicks) {
      Ticks run(tick);
      run.pass(quiet_stack(), 10);
      run.pass(one.input(), 15);
      run.pass(quiet_stack(), 15);
      ASSERT_GE(run.changed.size(), 2u) << one.name << ", tick " << tick;
      EXPECT_EQ(run.changed[1].second, one.expected) << one.name << ", tick " << tick;
      EXPECT_LE(run.changed[1].first, 20) << one.name << ", tick " << tick;
      EXPECT_EQ(run.changed.back().second, "nothing") << one.name << ", tick " << tick;
      EXPECT_LE(run.changed.back().first, 40) << one.name << ", tick " << tick;
      EXPECT_EQ(run.changed.size(), 3u) << one.name << ", tick " << tick;
    }
  }
}

TEST(VerdictTracker, BurstOfTwoSecondsIsCountedButNoVerdict) {
  for (const JudgeCase& one : judge_cases()) {
    if (one.expected == "nothing" || judge(one.input()).event) continue;
    for (const double tick : {0.5, 1.0}) {
      Ticks run(tick);
      run.pass(quiet_stack(), 10);
      run.pass(one.input(), 2);
      run.pass(quiet_stack(), 15);
      EXPECT_EQ(run.changed.size(), 1u) << one.name << ", tick " << tick;
      EXPECT_NEAR(run.tracker.saturated_seconds().at(*judge(one.input()).named()), 2, 0.3)
          << one.name << ", tick " << tick;
    }
  }
}

TEST(VerdictTracker, QueueThatLingersAfterABurstIsNoVerdict) {
  const JudgeInput queue = case_named("a queue, and nothing known of workers");
  for (const double tick : {0.25, 0.5, 1.0}) {
    Ticks run(tick);
    run.pass(quiet_stack(), 10);
    run.pass(queue, 3);
    run.pass(quiet_stack(), 10);
    EXPECT_EQ(run.changed.size(), 1u) << tick;
  }
}

TEST(VerdictTracker, KillIsToldThoughItIsShort) {
  Ticks run(1);
  run.pass(quiet_stack(), 10);
  run.pass(case_named("killed for want of memory, much is free again"), 1);
  run.pass(quiet_stack(), 1);
  EXPECT_EQ(named_by(run.tracker.current()), "uwsgi memory");
  run.pass(quiet_stack(), 10);
  EXPECT_EQ(named_by(run.tracker.current()), "nothing");
}

TEST(VerdictTracker, KillIsToldAtTheSecondTickThoughTicksAreALittleShort) {
  Ticks run(0.499);
  run.pass(quiet_stack(), 10);
  run.pass(case_named("killed for want of memory, much is free again"), 0.499);
  run.pass(quiet_stack(), 0.499);
  EXPECT_EQ(named_by(run.tracker.current()), "uwsgi memory");
}

TEST(VerdictTracker, AMinuteAfterAKillNothingIsFullIsNotCertain) {
  Ticks run(1);
  run.pass(quiet_stack(), 10);
  EXPECT_EQ(run.tracker.current().confidence, Confidence::kHigh);
  run.pass(case_named("killed for want of memory, much is free again"), 1);
  run.pass(quiet_stack(), 10);
  const Verdict& verdict = run.tracker.current();
  EXPECT_EQ(named_by(verdict), "nothing");
  EXPECT_EQ(verdict.confidence, Confidence::kLow);
  EXPECT_THAT(verdict.blind_spots,
              testing::ElementsAre("uwsgi: one of its processes was OOM-killed a short "
                                   "while ago"));
  run.pass(quiet_stack(), 51);
  EXPECT_EQ(verdict.confidence, Confidence::kHigh);
}

TEST(VerdictTracker, LastsSinceTheFirstTickThatWasFull) {
  for (const double tick : {0.5, 1.0}) {
    Ticks run(tick);
    run.pass(quiet_stack(), 10);
    run.pass(case_named("four workers use four cores"), 60);
    EXPECT_NEAR(run.tracker.current().since_seconds, 60, tick) << tick;
    EXPECT_THAT(run.tracker.current().sentence, testing::HasSubstr("(4 workers × 1) for "));
  }
}

TEST(VerdictTracker, LevelsNearTheThresholdDoNotMakeItChangeItsMind) {
  Ticks run(1);
  run.pass(case_named("four workers use four cores"), 10);
  std::mt19937 random(1);
  std::uniform_real_distribution<double> cores(3.35, 3.85);
  for (int i = 0; i < 300; ++i) {
    JudgeInput input = quiet_stack();
    TierFacts& uwsgi = tier_of(input, "uwsgi");
    uwsgi.cpu_cores = uwsgi.serving_cores = cores(random);
    run.pass(input, 1);
  }
  EXPECT_EQ(run.changed.size(), 1u);
  EXPECT_EQ(named_by(run.tracker.current()), "uwsgi cpu");
}

TEST(VerdictTracker, EqualsDoNotTakeTurns) {
  Ticks run(1);
  std::mt19937 random(2);
  std::uniform_real_distribution<double> share(0.95, 0.99);
  for (int i = 0; i < 200; ++i) {
    JudgeInput input = quiet_stack();
    for (const char* name : {"redis", "uwsgi"}) {
      TierFacts& tier = tier_of(input, name);
      const double full = share(random);
      tier.cpu_cores = tier.serving_cores = *tier.worker_processes * full;
      tier.hottest_process->cores = tier.hottest_thread->cores = full;
    }
    run.pass(input, 1);
  }
  EXPECT_EQ(run.changed.size(), 1u);
  EXPECT_EQ(run.tracker.current().joint_with.size(), 1u);
}

TEST(VerdictTracker, OneBottleneckAfterAnotherIsAChange) {
  Ticks run(1);
  run.pass(case_named("four workers use four cores"), 20);
  run.pass(case_named("redis fills its thread"), 20);
  ASSERT_EQ(run.changed.size(), 2u);
  EXPECT_EQ(run.changed[1].second, "redis thread");
  EXPECT_LE(run.changed[1].first, 30);
  EXPECT_EQ(run.tracker.changes(), 2u);
}

TEST(VerdictTracker, WhereRequestsAreIsToldWhileFindingsContradict) {
  Ticks run(1);
  JudgeInput before = case_named("four workers use four cores"),
             after = case_named("redis fills its thread");
  for (JudgeInput* one : {&before, &after})
    tier_of(*one, "nginx").listeners->front().name = "0.0.0.0:80";
  tier_of(before, "nginx").owed = 10;
  tier_of(after, "nginx").owed = 60;
  run.pass(before, 20);
  run.pass(after, 1);
  const Verdict& verdict = run.tracker.current();
  ASSERT_EQ(named_by(verdict), "uwsgi cpu") << "the end of the window points elsewhere";
  const auto nginx = std::ranges::find(verdict.in_flight, "nginx", &TierTime::tier);
  ASSERT_NE(nginx, verdict.in_flight.end());
  EXPECT_DOUBLE_EQ(nginx->in_flight, (4 * 10 + 60) / 5.0);
  EXPECT_THAT(verdict.evidence.front(), testing::StartsWith("a request in flight: nginx"));
  const auto lines = std::ranges::count_if(verdict.evidence, [](const std::string& line) {
    return line.starts_with("a request in flight");
  });
  EXPECT_EQ(lines, 1);
}

TEST(VerdictTracker, SleepOfTheMachineBeginsANewWindow) {
  Ticks run(1);
  run.pass(quiet_stack(), 10);
  JudgeInput slept = case_named("four workers use four cores");
  slept.seconds = 3600;
  run.tracker.add(slept);
  EXPECT_TRUE(run.tracker.saturated_seconds().empty());
  EXPECT_EQ(named_by(run.tracker.current()), "unknown");
  run.pass(quiet_stack(), 6);
  EXPECT_EQ(named_by(run.tracker.current()), "nothing");
}

TEST(VerdictTracker, WhatWasFullBeforeASleepIsNotKnownAfterIt) {
  Ticks run(1);
  const JudgeInput full = case_named("four workers use four cores");
  run.pass(full, 20);
  JudgeInput slept = full;
  slept.seconds = 3600;
  EXPECT_EQ(named_by(run.tracker.add(slept)), "unknown");
  EXPECT_TRUE(run.tracker.current().saturations.empty());
  EXPECT_EQ(run.tracker.changes(), 2u);
}

/// The end of the window points elsewhere each time, so that nothing else is found.
TEST(VerdictTracker, ATierThatIsWatchedNoMoreIsNotNamed) {
  Ticks run(1);
  run.pass(case_named("four workers use four cores"), 20);
  JudgeInput after = case_named("redis fills its thread");
  std::erase_if(after.tiers, [](const TierFacts& tier) { return tier.name == "uwsgi"; });
  run.pass(after, 1);
  const Verdict& verdict = run.tracker.current();
  EXPECT_NE(verdict.tier, "uwsgi");
  for (const Saturation& one : verdict.saturations) EXPECT_NE(one.tier, "uwsgi");
}

TEST(VerdictTracker, ATierWithoutAProcessForAWindowIsNotNamedHoweverFindingsContradict) {
  Ticks run(1);
  run.pass(case_named("four workers use four cores"), 20);
  for (int i = 0; i < 6; ++i) {
    JudgeInput gone =
        case_named(i % 2 == 0 ? "redis fills its thread" : "backends wait for a row lock");
    tier_of(gone, "uwsgi") = TierFacts{.name = "uwsgi", .preset = "uwsgi"};
    run.pass(gone, 1);
  }
  EXPECT_NE(run.tracker.current().tier, "uwsgi");
}

TEST(VerdictTracker, SampleWithoutLengthChangesNothing) {
  VerdictTracker tracker;
  for (int i = 0; i < 20; ++i) {
    JudgeInput input = quiet_stack();
    input.seconds = 0;
    EXPECT_EQ(tracker.add(input).state, VerdictState::kUnknown);
  }
}

TEST(VerdictTracker, TicksLongerThanTheWindowAreEnough) {
  Ticks run(10);
  run.pass(case_named("four workers use four cores"), 20);
  EXPECT_EQ(named_by(run.tracker.current()), "uwsgi cpu");
}

TEST(VerdictTracker, CountsNeverFallWhateverHappens) {
  VerdictTracker tracker;
  std::mt19937 random(3);
  std::map<TierResource, double> before;
  std::uint64_t changes = 0;
  for (int i = 0; i < 500; ++i) {
    JudgeInput input = judge_cases()[random() % judge_cases().size()].input();
    input.seconds = 0.25 * static_cast<double>(random() % 8);
    if (random() % 10 == 0) input.tiers.erase(input.tiers.begin());
    tracker.add(input);
    for (const auto& [what, seconds] : before)
      ASSERT_GE(tracker.saturated_seconds().at(what), seconds);
    ASSERT_GE(tracker.changes(), changes);
    before = tracker.saturated_seconds();
    changes = tracker.changes();
  }
  EXPECT_GT(before.size(), 10u);
}

}  // namespace
}  // namespace tierwatch
