// SPDX-License-Identifier: MIT
//
// What must hold for any stack: over all cases of judge_cases().
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

void scale(std::optional<double>& value, double factor) {
  if (value) *value *= factor;
}

void scale(TierFacts& tier, double k) {
  for (auto* value : {&tier.worker_processes, &tier.workers, &tier.busy_workers, &tier.cpu_cores,
                      &tier.serving_cores, &tier.thread_run_cores, &tier.run_delay_cores,
                      &tier.allowed_cpus, &tier.allowed_cpus_busy_cores, &tier.own_memory_bytes,
                      &tier.disk_waiting, &tier.connections})
    scale(*value, k);
  tier.processes *= k;
  if (tier.quota) {
    tier.quota->cores *= k;
    scale(tier.quota->used_cores, k);
    scale(tier.quota->least_cores, k);
  }
  if (tier.worst_fds)
    tier.worst_fds = {tier.worst_fds->pid, tier.worst_fds->open * k, tier.worst_fds->limit * k};
  if (tier.memory) tier.memory = {tier.memory->used_bytes * k, tier.memory->limit_bytes * k};
  if (tier.connection_table)
    tier.connection_table = {tier.connection_table->used * k, tier.connection_table->limit * k};
  if (BackendFacts* of = tier.backends ? &*tier.backends : nullptr) {
    of->backends *= k;
    for (auto* value :
         {&of->active, &of->waiting, &of->idle_in_transaction, &of->usable_connections})
      scale(*value, k);
  }
  if (tier.peers)
    for (PeerFacts& peer : *tier.peers) peer.connections *= k;
}

JudgeInput scaled(JudgeInput input, double k) {
  HostFacts& host = input.host;
  host.processors *= k;
  for (auto* value : {&host.busy_cores, &host.steal_cores, &host.memory_total_bytes,
                      &host.memory_available_bytes})
    scale(*value, k);
  for (ForeignProgram& program : host.foreign) program.cores *= k;
  for (TierFacts& tier : input.tiers) scale(tier, k);
  return input;
}

TEST(VerdictProperties, ScalingAllCapacitiesAndLoadsChangesNothing) {
  for (const JudgeCase& one : judge_cases()) {
    if (one.indivisible) continue;  // two threads are no larger thread: they lift the limit
    for (const double factor : {2.0, 3.0, 16.0}) {
      const Verdict plain = judge(one.input()), large = judge(scaled(one.input(), factor));
      EXPECT_EQ(named_by(large), named_by(plain)) << one.name << " × " << factor;
      EXPECT_EQ(large.confidence, plain.confidence) << one.name << " × " << factor;
      EXPECT_EQ(large.joint_with, plain.joint_with) << one.name << " × " << factor;
    }
  }
}

TEST(VerdictProperties, IdleTierChangesNothing) {
  for (const JudgeCase& one : judge_cases()) {
    JudgeInput more = one.input();
    for (const char* name : {"aardvark", "zebra"}) {
      TierFacts idle{.name = name, .preset = {}, .processes = 3};
      idle.cpu_cores = 0;
      idle.run_delay_cores = 0;
      idle.worst_fds = FdFacts{.pid = 5, .open = 3, .limit = 1024};
      idle.peers.emplace();
      more.tiers.insert(more.tiers.begin(), idle);
    }
    const Verdict plain = judge(one.input()), verdict = judge(more);
    EXPECT_EQ(verdict.sentence, plain.sentence) << one.name;
    EXPECT_EQ(verdict.evidence, plain.evidence) << one.name;
    EXPECT_EQ(verdict.confidence, plain.confidence) << one.name;
    EXPECT_EQ(verdict.candidates.size(), plain.candidates.size()) << one.name;
  }
}

TEST(VerdictProperties, TierThatIsNotRunningChangesNothing) {
  for (const JudgeCase& one : judge_cases()) {
    JudgeInput more = one.input();
    more.tiers.push_back({.name = "mysql", .preset = "mysql"});
    EXPECT_EQ(judge(more).sentence, judge(one.input()).sentence) << one.name;
  }
}

TEST(VerdictProperties, OrderOfTiersChangesNothing) {
  for (const JudgeCase& one : judge_cases()) {
    JudgeInput input = one.input();
    const Verdict plain = judge(input);
    std::ranges::sort(input.tiers, {}, &TierFacts::name);
    do {
      const Verdict verdict = judge(input);
      EXPECT_EQ(verdict.sentence, plain.sentence) << one.name;
      EXPECT_EQ(verdict.evidence, plain.evidence) << one.name;
      EXPECT_EQ(verdict.blind_spots, plain.blind_spots) << one.name;
    } while (std::next_permutation(
        input.tiers.begin(), input.tiers.end(),
        [](const TierFacts& a, const TierFacts& b) { return a.name < b.name; }));
  }
}

using Forget = void (*)(TierFacts&);

/// Not among them: hottest_process and hottest_thread. They refute what a preset assumes (a process
/// of Python cannot use two cores), so without them the assumption stands.
constexpr Forget kForgets[] = {
    [](TierFacts& t) { t.worker_processes.reset(); },
    [](TierFacts& t) { t.workers.reset(); },
    [](TierFacts& t) { t.busy_workers.reset(); },
    [](TierFacts& t) { t.cpu_cores.reset(); },
    [](TierFacts& t) { t.serving_cores.reset(); },
    [](TierFacts& t) { t.thread_run_cores.reset(); },
    [](TierFacts& t) { t.run_delay_cores.reset(); },
    [](TierFacts& t) { t.quota.reset(); },
    [](TierFacts& t) { t.allowed_cpus.reset(); },
    [](TierFacts& t) { t.allowed_cpus_busy_cores.reset(); },
    [](TierFacts& t) { t.worst_fds.reset(); },
    [](TierFacts& t) { t.memory.reset(); },
    [](TierFacts& t) { t.own_memory_bytes.reset(); },
    [](TierFacts& t) { t.oom_kills.reset(); },
    [](TierFacts& t) { t.disk_waiting.reset(); },
    [](TierFacts& t) { t.listeners.reset(); },
    [](TierFacts& t) { t.waits.reset(); },
    [](TierFacts& t) { t.peers.reset(); },
    [](TierFacts& t) { t.backends.reset(); },
    [](TierFacts& t) { t.connection_table.reset(); },
};

TEST(VerdictProperties, FactThatBecomesAbsentNeverMakesSomethingFull) {
  for (const JudgeCase& one : judge_cases()) {
    if (one.expected != "nothing") continue;
    for (std::size_t tier = 0; tier < one.input().tiers.size(); ++tier)
      for (std::size_t forget = 0; forget < std::size(kForgets); ++forget) {
        JudgeInput input = one.input();
        kForgets[forget](input.tiers[tier]);
        const Verdict verdict = judge(input);
        EXPECT_NE(verdict.state, VerdictState::kSaturated)
            << one.name << ", fact " << forget << " of tier " << tier << ": " << verdict.sentence;
      }
  }
}

TEST(VerdictProperties, HostThatTellsNothingNeverMakesSomethingFull) {
  for (const JudgeCase& one : judge_cases()) {
    if (one.expected != "nothing") continue;
    JudgeInput input = one.input();
    input.host = {.processors = input.host.processors, .foreign = {}, .disks = {}};
    EXPECT_NE(judge(input).state, VerdictState::kSaturated) << one.name;
  }
}

TEST(VerdictProperties, SaturatedSaysWhatClearSaysNothing) {
  for (const JudgeCase& one : judge_cases()) {
    const Verdict verdict = judge(one.input());
    EXPECT_EQ(verdict.tier.empty(), verdict.state != VerdictState::kSaturated) << one.name;
    EXPECT_FALSE(verdict.sentence.empty()) << one.name;
    for (const VerdictCandidate& candidate : verdict.candidates) {
      EXPECT_NE(std::optional(candidate.what), verdict.named()) << one.name;
      EXPECT_FALSE(candidate.why_not.empty()) << one.name;
    }
  }
}

}  // namespace
}  // namespace tierwatch
