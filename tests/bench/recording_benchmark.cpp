// SPDX-License-Identifier: MIT
//
// What recording costs: a tick of 500 processes in 13 tiers, into a real file, and its size.

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <filesystem>
#include <string>

#include "exporters/recording/recording_reader.h"
#include "exporters/recording/recording_writer.h"

namespace tierwatch::bench {
namespace {

constexpr int kTiers = 13;
constexpr int kProcesses = 500;

TierFacts tier_facts(int tier, double now) {
  TierFacts facts{.name = "tier-" + std::to_string(tier), .preset = "uwsgi"};
  facts.serving = RoleKind::kSyncWorker;
  facts.processes = facts.worker_processes.emplace(38) + 1;
  facts.workers = 38;
  facts.busy_workers = 20.1 + now;
  facts.cpu_cores = 1.3 + now;
  facts.serving_cores = facts.thread_run_cores = 1.2 + now;
  facts.run_delay_cores = 0.17 * now;
  facts.hottest_process = facts.hottest_thread = HottestFacts{1000 + tier, 1000 + tier, 0.11 * now};
  facts.allowed_cpus = 8;
  facts.allowed_cpus_busy_cores = 3.3 + now;
  facts.worst_fds = FdFacts{1000 + tier, 32, 1024};
  facts.own_memory_bytes = 3e8;
  facts.listeners = {{.name = "/run/uwsgi/app-" + std::to_string(tier) + ".sock",
                      .queue_mean = 3.7 * now,
                      .queued_ratio = 0.31 * now,
                      .queue_peak = 12,
                      .limit = 100}};
  facts.peers = {{.name = "tier-1", .watched = true, .connections = 12},
                 {.name = "10.0.0.9:25", .connections = 3}};
  return facts;
}

/// Numbers that differ from tick to tick, as real ones do.
Snapshot busy_snapshot(int number) {
  const double now = 0.1 + 0.0137 * (number % 61);
  Snapshot snapshot;
  snapshot.at.wall =
      std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000 + number));
  snapshot.at.monotonic = snapshot.at.boot = std::chrono::seconds(5000 + number);
  snapshot.facts.seconds = 1.0001;
  snapshot.facts.host.processors = 8;
  snapshot.facts.host.busy_cores = 7.3 * now;
  snapshot.facts.host.disks = {{"sda", 0.1 * now, 0.3 * now}, {"sdb", 0.2 * now, 0}};
  for (int tier = 0; tier < kTiers; ++tier) {
    snapshot.tiers.push_back({.name = "tier-" + std::to_string(tier), .rates = Rates{}});
    snapshot.tiers.back().roles.push_back({.name = "worker"});
    snapshot.facts.tiers.push_back(tier_facts(tier, now));
    for (std::uint16_t to = 0; to < 2; ++to)
      snapshot.edges.push_back({.from = SocketOwner{static_cast<std::uint16_t>(tier)},
                                .to = to,
                                .peer = "127.0.0.1:5432",
                                .connections = 17});
  }
  for (int i = 0; i < kProcesses; ++i) {
    ProcessSample process;
    process.reading.id = {.pid = 1000 + i, .started = std::chrono::seconds(i / 100)};
    process.reading.comm = "worker";
    process.reading.title = "worker process with a title of common length";
    process.reading.member = Membership{static_cast<std::uint16_t>(i % kTiers), 0};
    process.reading.memory = MemoryReading{.resident_bytes = 3 << 20};
    process.cpu_cores = now * (i % 37) / 37;
    snapshot.processes.push_back(std::move(process));
  }
  snapshot.verdict.state = VerdictState::kSaturated;
  snapshot.verdict.tier = "tier-3";
  snapshot.verdict.sentence = "tier-3 is full: cpu 3.94 of 4.00 cores (4 workers × 1) for 1 m 52 s";
  return snapshot;
}

class File {
 public:
  File() {
    std::string name = "./recording-bench-XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~File() { std::filesystem::remove_all(directory_); }
  std::filesystem::path path() const { return directory_ / "history.db"; }

 private:
  std::filesystem::path directory_;
};

SessionRow session() { return {.program = "daemon", .version = "0", .hostname = "bench"}; }

void BM_RowsOfATick(benchmark::State& state) {
  const Snapshot snapshot = busy_snapshot(1);
  for (auto _ : state) benchmark::DoNotOptimize(recorded_tick(snapshot));
}
BENCHMARK(BM_RowsOfATick)->Unit(benchmark::kMicrosecond);

/// One transaction for each tick, as a daemon with an interval of a second writes. Time is the
/// recording thread's wall time, with the waiting for the disk; "cpu_us" what it used of the CPU.
void BM_TickCommitted(benchmark::State& state) {
  const File file;
  RecordingWriter writer(file.path(), session());
  std::vector<Snapshot> snapshots;
  for (int i = 0; i < 61; ++i) snapshots.push_back(busy_snapshot(i));
  int number = 0;
  const auto cpu = [] {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
  };
  const double cpu_before = cpu();
  for (auto _ : state) {
    writer.add(snapshots[static_cast<std::size_t>(number++ % 61)]);
    writer.commit();
    writer.trim({});
  }
  state.counters["cpu_us"] = (cpu() - cpu_before) / static_cast<double>(state.iterations());
  state.counters["bytes_per_tick"] =
      static_cast<double>(std::filesystem::file_size(file.path())) / number;
}
BENCHMARK(BM_TickCommitted)->Unit(benchmark::kMicrosecond)->Iterations(3000);

/// At its size limit: as much is deleted as is written.
void BM_TickWhenFull(benchmark::State& state) {
  const File file;
  RecordingWriter writer(file.path(), session());
  const RecordingLimits limits{.max_bytes = 16 << 20};
  int number = 0;
  const auto one = [&] {
    writer.add(busy_snapshot(number++));
    writer.commit();
    writer.trim(limits);
  };
  while (number < 3000) one();
  for (auto _ : state) one();
}
BENCHMARK(BM_TickWhenFull)->Unit(benchmark::kMicrosecond)->Iterations(2000);

/// An hour of a run at 5 samples a second, read back for the report.
void BM_ReadAnHour(benchmark::State& state) {
  const File file;
  {
    RecordingWriter writer(file.path(), session());
    for (int i = 0; i < 18'000; ++i) writer.add(busy_snapshot(i));
    writer.commit();
  }
  for (auto _ : state)
    RecordingReader(file.path()).each_sample({}, [](RunSample sample) {
      benchmark::DoNotOptimize(sample);
    });
}
BENCHMARK(BM_ReadAnHour)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace tierwatch::bench

BENCHMARK_MAIN();
