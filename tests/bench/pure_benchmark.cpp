// SPDX-License-Identifier: MIT
//
// The parts of a tick and of a scrape that ask the kernel nothing: parsing, matching, building the
// snapshot, writing it as text and JSON.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "analysis/facts/snapshot_builder.h"
#include "collectors/parse/proc_text_process.h"
#include "collectors/rules/tier_rules.h"
#include "collectors/servers/servers.h"
#include "config/config.h"
#include "exporters/prometheus/prometheus_exporter.h"
#include "tests/bench/herd.h"

namespace tierwatch::bench {
namespace {

constexpr const char* kStatus =
    "Name:\tnginx\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t8911\nNgid:\t0\nPid:\t8911\n"
    "PPid:\t8910\nTracerPid:\t0\nUid:\t33\t33\t33\t33\nGid:\t33\t33\t33\t33\nFDSize:\t64\n"
    "Groups:\t33 \nNStgid:\t8911\nNSpid:\t8911\nNSpgid:\t8910\nNSsid:\t8900\nKthread:\t0\n"
    "VmPeak:\t   74516 kB\nVmSize:\t    8988 kB\nVmLck:\t       0 kB\nVmPin:\t       0 kB\n"
    "VmHWM:\t    2952 kB\nVmRSS:\t    2952 kB\nRssAnon:\t    1184 kB\nRssFile:\t    1768 kB\n"
    "RssShmem:\t       0 kB\nVmData:\t    1564 kB\nVmStk:\t     132 kB\nVmExe:\t      60 kB\n"
    "VmLib:\t    4268 kB\nVmPTE:\t      60 kB\nVmSwap:\t       0 kB\nHugetlbPages:\t       0 kB\n"
    "CoreDumping:\t0\nTHP_enabled:\t1\nThreads:\t4\nSigQ:\t0/96343\n"
    "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000000000\n"
    "SigIgn:\t0000000000001000\nSigCgt:\t0000000180000000\nCapInh:\t0000000000000000\n"
    "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n"
    "CapAmb:\t0000000000000000\nNoNewPrivs:\t0\nSeccomp:\t0\nSeccomp_filters:\t0\n"
    "Speculation_Store_Bypass:\tthread vulnerable\nCpus_allowed:\t3\nCpus_allowed_list:\t0-1\n"
    "Mems_allowed:\t00000001\nMems_allowed_list:\t0\nvoluntary_ctxt_switches:\t71\n"
    "nonvoluntary_ctxt_switches:\t2\n";

void BM_ParseStatus(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_status(kStatus));
}
BENCHMARK(BM_ParseStatus);

void BM_ParseSchedstat(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_schedstat("84723642981 1893247623 918273\n"));
}
BENCHMARK(BM_ParseSchedstat);

TierRules all_presets() {
  TierRules rules;
  for (const std::string& name : preset_names()) rules.tiers.push_back(preset(name));
  return rules;
}

std::vector<Costume> members(int processes) {
  std::vector<Costume> all;
  for (const Family& family : dress(processes)) {
    all.push_back(family.master);
    all.insert(all.end(), family.workers.begin(), family.workers.end());
  }
  return all;
}

void BM_MatchProcesses(benchmark::State& state) {
  const TierRules rules = all_presets();
  const std::vector<Costume> all = members(static_cast<int>(state.range(0)));
  std::vector<Candidate> candidates;
  for (const Costume& member : all) {
    const auto pid = static_cast<pid_t>(candidates.size() + 1000);
    candidates.push_back(
        {.id = {pid, {}}, .parent_pid = 1, .comm = member.comm, .title = member.title});
  }
  for (auto _ : state) benchmark::DoNotOptimize(match_processes(rules, candidates));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_MatchProcesses)->Arg(500)->Arg(5000)->Unit(benchmark::kMicrosecond);

/// A herd at second `second`; every thread has run a little since the second before.
Reading herd_reading(const TierRules& rules, int processes, int second) {
  Reading reading;
  reading.at.monotonic = reading.at.boot = std::chrono::seconds(1000 + second);
  for (int i = 0; i < processes; ++i) {
    ProcessReading& process = reading.processes.emplace_back();
    process.id = {.pid = 1000 + i, .started = std::chrono::seconds(i / 100)};
    process.parent_pid = 1;
    process.comm = "worker";
    process.title = "worker process with a title of common length";
    process.state = 'S';
    process.user_cpu = std::chrono::milliseconds(10 * second);
    process.thread_count = 4;
    process.read_at = reading.at.monotonic;
    const auto tier = static_cast<std::uint16_t>(static_cast<std::size_t>(i) % rules.tiers.size());
    process.member = Membership{.tier = tier, .role = 0};
    process.memory = MemoryReading{.resident_bytes = 3 << 20, .anonymous_bytes = 1 << 20};
    process.open_fds = 32;
    process.fd_limit = 1024;
    process.threads.emplace();
    for (int thread = 0; thread < 4; ++thread) {
      process.threads->push_back({.tid = 1000 + i, .run = std::chrono::milliseconds(2 * second)});
    }
  }
  return reading;
}

void BM_BuildSnapshot(benchmark::State& state) {
  const TierRules rules = all_presets();
  SnapshotBuilder builder(rules);
  int second = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Reading reading = herd_reading(rules, static_cast<int>(state.range(0)), ++second);
    state.ResumeTiming();
    benchmark::DoNotOptimize(builder.build(std::move(reading)));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_BuildSnapshot)->Arg(500)->Arg(5000)->Unit(benchmark::kMicrosecond);

void BM_PrometheusText(benchmark::State& state) {
  const TierRules rules = all_presets();
  SnapshotBuilder builder(rules);
  builder.build(herd_reading(rules, 500, 1));
  const auto snapshot =
      std::make_shared<const Snapshot>(builder.build(herd_reading(rules, 500, 2)));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        PrometheusExporter().text(snapshot, {.now_monotonic = snapshot->at.monotonic}));
  }
}
BENCHMARK(BM_PrometheusText)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tierwatch::bench

BENCHMARK_MAIN();
