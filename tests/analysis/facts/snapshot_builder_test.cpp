// SPDX-License-Identifier: MIT
#include "analysis/facts/snapshot_builder.h"

#include <gtest/gtest.h>

#include "tests/support/machine_simulator.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RoleRule role(std::string name, RoleKind kind = RoleKind::kSupport) {
  return {.name = std::move(name), .kind = kind};
}

TierRules one_tier(const std::string& name = "app") {
  return {{{.name = name,
            .roles = {role("master"), role("worker", RoleKind::kSyncWorker), role("spooler")},
            .child_cpu_role = 1}}};
}

ProcessReading member(pid_t pid, int cpu_ms, std::uint16_t role_index = 1) {
  return {.id = {.pid = pid, .started = seconds(1)},
          .parent_pid = 1,
          .state = 'S',
          .user_cpu = milliseconds(cpu_ms),
          .thread_count = 1,
          .member = Membership{.tier = 0, .role = role_index}};
}

Reading at(int ms, std::vector<ProcessReading> processes) {
  const nanoseconds now = seconds(100) + milliseconds(ms);
  return {.at = {.monotonic = now, .boot = now}, .processes = std::move(processes)};
}

double cpu_seconds(const CounterTotals& totals) {
  return std::chrono::duration<double>(totals.user_cpu + totals.system_cpu).count();
}

TEST(SnapshotBuilder, FirstSnapshotHasNoRates) {
  SnapshotBuilder builder(one_tier());
  const Snapshot snapshot = builder.build(at(0, {member(10, 500)}));
  EXPECT_FALSE(snapshot.tiers[0].rates);
  EXPECT_FALSE(snapshot.processes[0].cpu_cores);
  EXPECT_EQ(cpu_seconds(snapshot.tiers[0].totals), 0);
}

TEST(SnapshotBuilder, RateIsGrowthOverTheTimeBetweenReadings) {
  SnapshotBuilder builder(one_tier());
  builder.build(at(0, {member(10, 500)}));
  const Snapshot snapshot = builder.build(at(2000, {member(10, 1500)}));
  EXPECT_DOUBLE_EQ(snapshot.tiers[0].rates->cpu_cores, 0.5);
  EXPECT_DOUBLE_EQ(snapshot.processes[0].cpu_cores.value(), 0.5);
  EXPECT_DOUBLE_EQ(snapshot.tiers[0].hottest_process->cores, 0.5);
}

TEST(SnapshotBuilder, TwoReadingsAtOneInstantGiveNoRates) {
  SnapshotBuilder builder(one_tier());
  builder.build(at(0, {member(10, 500)}));
  EXPECT_FALSE(builder.build(at(0, {member(10, 600)})).tiers[0].rates);
}

TEST(SnapshotBuilder, TotalsOutliveTheirProcesses) {
  SnapshotBuilder builder(one_tier());
  builder.build(at(0, {member(10, 500)}));
  builder.build(at(1000, {member(10, 900)}));
  const Snapshot snapshot = builder.build(at(2000, {}));
  EXPECT_DOUBLE_EQ(cpu_seconds(snapshot.tiers[0].totals), 0.4);
  EXPECT_EQ(snapshot.tiers[0].sums.processes, 0u);
  EXPECT_EQ(snapshot.tiers[0].sums.memory->resident_bytes, 0u);  // nobody there: known, not unknown
}

TEST(SnapshotBuilder, CpuOfUnseenChildrenGoesToTheRoleThatHasThem) {
  SnapshotBuilder builder(one_tier());
  ProcessReading master = member(10, 0, 0);
  builder.build(at(0, {master}));
  master.children_user_cpu = milliseconds(300);
  const Snapshot snapshot = builder.build(at(1000, {master}));
  ASSERT_EQ(snapshot.tiers[0].roles[1].name, "worker");
  EXPECT_DOUBLE_EQ(cpu_seconds(snapshot.tiers[0].roles[1].totals), 0.3);
  EXPECT_DOUBLE_EQ(cpu_seconds(snapshot.tiers[0].roles[0].totals), 0);
}

TEST(SnapshotBuilder, SupportingRolesAppearWithTheirFirstProcess) {
  SnapshotBuilder builder(one_tier());
  const Snapshot before = builder.build(at(0, {member(10, 0, 1)}));
  ASSERT_EQ(before.tiers[0].roles.size(), 1u);
  EXPECT_EQ(before.tiers[0].roles[0].name, "worker");
  EXPECT_EQ(before.processes[0].reading.member->role, 0);
  const Snapshot after = builder.build(at(1000, {member(10, 0, 1), member(11, 0, 2)}));
  ASSERT_EQ(after.tiers[0].roles.size(), 2u);
  EXPECT_EQ(after.tiers[0].roles[after.processes[1].reading.member->role].name, "spooler");
  EXPECT_EQ(builder.build(at(2000, {})).tiers[0].roles.size(), 2u);  // and stay
}

TEST(SnapshotBuilder, SupportingRoleAppearsWithTheCpuOfChildrenNobodySaw) {
  TierRules rules = one_tier();
  rules.tiers[0].child_cpu_role = 2;
  SnapshotBuilder builder(rules);
  builder.build(at(0, {member(10, 0)}));
  ProcessReading parent = member(10, 0);
  parent.children_user_cpu = milliseconds(700);
  const std::vector<RoleSample> roles = builder.build(at(1000, {parent})).tiers[0].roles;
  ASSERT_EQ(roles.back().name, "spooler");
  EXPECT_DOUBLE_EQ(cpu_seconds(roles.back().totals), 0.7);
}

TEST(SnapshotBuilder, RoleANewbornOnlySeemedToHaveIsForgotten) {
  SnapshotBuilder builder(one_tier());
  builder.build(at(0, {member(10, 0)}));
  ProcessReading newborn = member(11, 0, 2);
  newborn.id.started = seconds(100) + milliseconds(500);
  EXPECT_EQ(builder.build(at(1000, {member(10, 0), newborn})).tiers[0].roles.size(), 2u);
  newborn.member->role = 1;
  EXPECT_EQ(builder.build(at(2000, {member(10, 0), newborn})).tiers[0].roles.size(), 1u);
}

TEST(SnapshotBuilder, PresetNobodyConfiguredAppearsWithItsFirstProcess) {
  TierRules rules = one_tier("quiet");
  rules.tiers.push_back(one_tier("app").tiers[0]);
  rules.tiers[0].implicit = true;
  SnapshotBuilder builder(rules);
  ProcessReading process = member(10, 0);
  process.member->tier = 1;
  const Snapshot snapshot = builder.build(at(0, {process}));
  ASSERT_EQ(snapshot.tiers.size(), 1u);
  EXPECT_EQ(snapshot.tiers[snapshot.processes[0].reading.member->tier].name, "app");
}

TEST(SnapshotBuilder, AbsentFiguresStayAbsentInSums) {
  SnapshotBuilder builder(one_tier());
  builder.build(at(0, {member(10, 0)}));
  const Snapshot snapshot = builder.build(at(1000, {member(10, 0)}));
  const TierSample& tier = snapshot.tiers[0];
  EXPECT_FALSE(tier.sums.memory);
  EXPECT_FALSE(tier.sums.open_fds);
  EXPECT_FALSE(tier.totals.read_bytes);
  EXPECT_FALSE(tier.totals.run_delay);
  EXPECT_FALSE(tier.rates->run_delay_cores);
  EXPECT_FALSE(tier.worst_fds);
  EXPECT_FALSE(tier.hottest_thread);
}

/// Two readings of it are a rate; the total that is known from before is none.
TEST(SnapshotBuilder, FiguresThatNobodyTellsAnyMoreHaveNoRate) {
  SnapshotBuilder builder(one_tier());
  ProcessReading told = member(10, 0);
  told.io = IoReading{.read_bytes = 7};
  told.threads.emplace(1, ThreadReading{.tid = 10});
  builder.build(at(0, {told}));
  const Rates known = builder.build(at(1000, {told})).tiers[0].rates.value();
  EXPECT_EQ(known.read_bytes_per_second, 0);
  EXPECT_EQ(known.run_delay_cores, 0);
  EXPECT_EQ(known.voluntary_switches_per_second, 0);
  const TierSample hidden = builder.build(at(2000, {member(10, 0)})).tiers[0];
  EXPECT_TRUE(hidden.totals.read_bytes);
  for (const Rates& rates : {hidden.rates.value(), hidden.roles[0].rates.value()}) {
    EXPECT_FALSE(rates.read_bytes_per_second);
    EXPECT_FALSE(rates.written_bytes_per_second);
    EXPECT_FALSE(rates.run_delay_cores);
    EXPECT_FALSE(rates.voluntary_switches_per_second);
  }
  EXPECT_EQ(builder.build(at(3000, {})).tiers[0].rates->read_bytes_per_second, 0) << "of nobody";
}

TEST(SnapshotBuilder, ATierOfOneThatWasHiddenBeforeHasNoRates) {
  SnapshotBuilder builder(one_tier());
  builder.build(at(0, {}));
  EXPECT_FALSE(builder.build(at(1000, {member(10, 500)})).tiers[0].rates);
  EXPECT_TRUE(builder.build(at(2000, {member(10, 500)})).tiers[0].rates);
}

TEST(SnapshotBuilder, ProcessorsStayWhileTheirFileCannotBeRead) {
  SnapshotBuilder builder(one_tier());
  Reading readable = at(0, {});
  readable.host.cpus.resize(4);
  EXPECT_EQ(builder.build(readable).host.processors, 4u);
  EXPECT_EQ(builder.build(at(1000, {})).host.processors, 4u);
  EXPECT_EQ(builder.build(at(2000, {})).facts.host.processors, 4);
}

TEST(SnapshotBuilder, WorstDescriptorsAreOfTheProcessNearestToItsLimit) {
  SnapshotBuilder builder(one_tier());
  ProcessReading many = member(10, 0), near = member(11, 0), unlimited = member(12, 0);
  many.open_fds = 5000, many.fd_limit = 100'000;
  near.open_fds = 90, near.fd_limit = 100;
  unlimited.open_fds = 1'000'000;
  const Snapshot snapshot = builder.build(at(0, {many, near, unlimited}));
  EXPECT_EQ(snapshot.tiers[0].worst_fds->process.pid, 11);
  EXPECT_DOUBLE_EQ(snapshot.tiers[0].worst_fds->ratio, 0.9);
}

TEST(SnapshotBuilder, ZombiesAreCountedAsSuchOnly) {
  SnapshotBuilder builder(one_tier());
  ProcessReading zombie = member(10, 0);
  zombie.state = 'Z';
  zombie.open_fds = 0;
  const Snapshot snapshot = builder.build(at(0, {zombie}));
  EXPECT_EQ(snapshot.tiers[0].sums.processes, 0u);
  EXPECT_EQ(snapshot.tiers[0].sums.zombies, 1u);
}

TEST(SnapshotBuilder, ReloadKeepsTotalsOfTiersThatKeepTheirNames) {
  SnapshotBuilder builder(one_tier());
  builder.build(at(0, {member(10, 0)}));
  builder.build(at(1000, {member(10, 700)}));
  TierRules rules = one_tier("other");
  rules.tiers.push_back(one_tier().tiers[0]);
  builder.set_rules(rules);
  ProcessReading process = member(10, 800);
  process.member->tier = 1;
  const Snapshot snapshot = builder.build(at(2000, {process}));
  EXPECT_DOUBLE_EQ(cpu_seconds(snapshot.tiers[1].totals), 0.8);
  EXPECT_DOUBLE_EQ(snapshot.tiers[1].rates->cpu_cores, 0.1);
  EXPECT_FALSE(snapshot.tiers[0].rates);  // not there before
}

TEST(SnapshotBuilder, OutsidersKeepTheirRateUntilTheyAreReadAgain) {
  SnapshotBuilder builder(one_tier());
  ProcessReading outsider = member(10, 0);
  outsider.member.reset();
  outsider.read_at = seconds(100);
  builder.build(at(0, {outsider}));
  outsider.user_cpu = milliseconds(2500);
  outsider.read_at = seconds(105);
  EXPECT_DOUBLE_EQ(builder.build(at(5000, {outsider})).processes[0].cpu_cores.value(), 0.5);
  EXPECT_DOUBLE_EQ(builder.build(at(6000, {outsider})).processes[0].cpu_cores.value(), 0.5);
}

bool fell(const CounterTotals& before, const CounterTotals& now) {
  return now.user_cpu < before.user_cpu || now.system_cpu < before.system_cpu ||
         now.major_faults < before.major_faults || now.run_delay < before.run_delay ||
         now.voluntary_switches < before.voluntary_switches || now.read_bytes < before.read_bytes;
}

TEST(SnapshotBuilder, TotalsNeverFallOverRandomBirthsDeathsAndRestarts) {
  for (unsigned seed = 100; seed < 110; ++seed) {
    MachineSimulator machine(seed);
    SnapshotBuilder builder(one_tier());
    Snapshot last = builder.build(machine.read());
    for (int tick = 0; tick < 100; ++tick) {
      machine.live();
      Snapshot next = builder.build(machine.read());
      ASSERT_FALSE(fell(last.tiers[0].totals, next.tiers[0].totals)) << "seed " << seed;
      ASSERT_GE(next.tiers[0].rates->cpu_cores, 0);
      last = std::move(next);
    }
    EXPECT_NEAR(cpu_seconds(last.tiers[0].totals),
                std::chrono::duration<double>(machine.truth()).count(), 1e-9);
  }
}

}  // namespace
}  // namespace tierwatch
