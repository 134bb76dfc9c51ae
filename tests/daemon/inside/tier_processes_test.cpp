// SPDX-License-Identifier: MIT
#include "daemon/inside/tier_processes.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TierSample tier(const std::string& name, const std::string& preset, double cores) {
  TierSample sample{.name = name, .preset = preset};
  sample.sums.processes = 2;
  sample.rates.emplace();
  sample.rates->cpu_cores = cores;
  return sample;
}

Snapshot shop() {
  Snapshot snapshot;
  snapshot.tiers = {tier("nginx", "nginx", 3), tier("jobs", "", 0.2), tier("uwsgi", "uwsgi", 1),
                    tier("postgres", "postgres", 0.5), tier("load-generator", "", 4)};
  return snapshot;
}

std::vector<std::string> names(const Snapshot& snapshot, const std::vector<std::size_t>& tiers) {
  std::vector<std::string> all;
  for (const std::size_t i : tiers) all.push_back(snapshot.tiers[i].name);
  return all;
}

TEST(LikelyInside, IsWhatMayRunPythonOrHasStatementsMostCpuFirst) {
  const Snapshot snapshot = shop();
  EXPECT_THAT(names(snapshot, likely_inside(snapshot)), ElementsAre("uwsgi", "postgres", "jobs"));
}

TEST(LikelyInside, BeginsWithTheOneThatIsFull) {
  Snapshot snapshot = shop();
  snapshot.verdict.state = VerdictState::kSaturated;
  snapshot.verdict.tier = "jobs";
  EXPECT_THAT(names(snapshot, likely_inside(snapshot)), ElementsAre("jobs", "uwsgi", "postgres"));
}

TEST(LikelyInside, HasNoTierWithoutAProcess) {
  Snapshot snapshot = shop();
  for (TierSample& one : snapshot.tiers) one.sums.processes = 0;
  EXPECT_THAT(likely_inside(snapshot), IsEmpty());
}

TEST(SteadyChoice, KeepsThoseThatAreStillThere) {
  std::vector<ProcessSample> samples(5);
  std::vector<const ProcessSample*> processes;
  for (int i = 0; i < 5; ++i) {
    samples[i].reading.id.pid = 10 + i;
    processes.push_back(&samples[i]);
  }
  const auto pids = [](const std::vector<const ProcessSample*>& chosen) {
    std::vector<pid_t> all;
    for (const ProcessSample* one : chosen) all.push_back(one->reading.id.pid);
    return all;
  };
  EXPECT_THAT(pids(steady_choice(processes, {}, 2)), ElementsAre(10, 11));
  EXPECT_THAT(pids(steady_choice(processes, {ProcessId{13, {}}, ProcessId{99, {}}}, 2)),
              ElementsAre(13, 10));
  EXPECT_EQ(steady_choice(processes, {}, 9).size(), 5u);
}

}  // namespace
}  // namespace tierwatch
