// SPDX-License-Identifier: MIT
//
// tierwatch_tick: the sampling of this machine, step by step, without daemon and HTTP: what each
// step of a tick costs in CPU time. The program to put under perf or callgrind.
//
// Ticks are one second apart for the collector even when --wait is shorter: on an idle machine a
// minute of ticks can be had at once.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "analysis/facts/snapshot_builder.h"
#include "collectors/bpf/bpf_task_source.h"
#include "collectors/process/process_collector.h"
#include "collectors/servers/servers.h"
#include "config/config.h"
#include "exporters/prometheus/prometheus_exporter.h"

namespace tierwatch::bench {
namespace {

nanoseconds clock_time(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

class Step {
 public:
  explicit Step(std::string name) : name_(std::move(name)) {}

  template <typename Action>
  auto measure(const Action& action) {
    const nanoseconds before = clock_time(CLOCK_THREAD_CPUTIME_ID);
    auto result = action();
    costs_.push_back(clock_time(CLOCK_THREAD_CPUTIME_ID) - before);
    return result;
  }

  /// The first tick is printed apart: it alone reads everything.
  void print() {
    const auto first = costs_.front();
    costs_.erase(costs_.begin());
    if (costs_.empty()) costs_.push_back(first);
    std::sort(costs_.begin(), costs_.end());
    nanoseconds sum{};
    for (const nanoseconds cost : costs_) sum += cost;
    std::printf("%-18s first %8.3f   mean %8.3f   median %8.3f   worst %8.3f ms\n", name_.c_str(),
                milliseconds(first), milliseconds(sum) / static_cast<double>(costs_.size()),
                milliseconds(costs_[costs_.size() / 2]), milliseconds(costs_.back()));
  }

 private:
  static double milliseconds(nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }
  std::string name_;
  std::vector<nanoseconds> costs_;
};

/// The real table, with a watch on it.
class TimedTable : public ProcessTable {
 public:
  std::optional<std::vector<pid_t>> list() override {
    return list_step.measure([this] { return table_->list(); });
  }
  std::vector<ProcessStat> read(std::span<const pid_t> pids) override {
    return read_step.measure([&] { return table_->read(pids); });
  }
  std::optional<nanoseconds> run_time(pid_t pid) const override { return table_->run_time(pid); }
  Step list_step{" of which list"};
  Step read_step{" of which stat"};

 private:
  std::unique_ptr<ProcessTable> table_ = make_process_table();
};

TierRules all_presets() {
  TierRules rules;
  for (const std::string& name : preset_names()) rules.tiers.push_back(preset(name));
  return rules;
}

struct Steps {
  Step collect{"collect processes"};
  Step build{"build snapshot"};
  Step text{"Prometheus text"};
};

/// The real source, with a watch on it.
class TimedTasks : public TaskSource {
 public:
  explicit TimedTasks(std::unique_ptr<TaskSource> tasks) : tasks_(std::move(tasks)) {}
  bool read() override {
    return step.measure([this] { return tasks_->read(); });
  }
  const ProcessTask* find(pid_t pid) const override { return tasks_->find(pid); }
  bool are_all(std::span<const pid_t> pids) const override { return tasks_->are_all(pids); }
  const std::string& trouble() const override { return tasks_->trouble(); }
  Step step{" of which BPF"};

 private:
  std::unique_ptr<TaskSource> tasks_;
};

std::unique_ptr<TimedTasks> bpf_tasks(const ProcFs& files, const ProcessTable& table) {
  ChosenSource chosen = choose_task_source(SourceWish::kBpf, files, table);
  if (chosen.tasks) return std::make_unique<TimedTasks>(std::move(chosen.tasks));
  throw std::runtime_error("no BPF: " + std::string(to_string(chosen.reason)) + " " + chosen.words);
}

void run_ticks(int ticks, std::chrono::milliseconds wait, std::size_t kept_descriptors, bool bpf) {
  const ProcFs files;
  FaultLog faults;
  TimedTable table;
  const TierRules rules = all_presets();
  const auto tasks = bpf ? bpf_tasks(files, table) : nullptr;
  ProcessCollector collector(files, table, faults, rules, {.kept_descriptors = kept_descriptors},
                             tasks.get());
  SnapshotBuilder builder(rules);
  Steps steps;
  Instant at{.wall = std::chrono::system_clock::now(),
             .monotonic = clock_time(CLOCK_MONOTONIC),
             .boot = clock_time(CLOCK_BOOTTIME)};
  SnapshotPtr snapshot;
  for (int tick = 0; tick < ticks; ++tick) {
    Reading reading{.at = at};
    reading.processes = steps.collect.measure([&] { return collector.collect(at); });
    snapshot = steps.build.measure(
        [&] { return std::make_shared<const Snapshot>(builder.build(std::move(reading))); });
    steps.text.measure(
        [&] { return PrometheusExporter().text(snapshot, {.now_monotonic = at.monotonic}); });
    at.monotonic += std::chrono::seconds(1);
    at.boot += std::chrono::seconds(1);
    std::this_thread::sleep_for(wait);
  }
  if (tasks) tasks->step.print();
  for (Step* step :
       {&steps.collect, &table.list_step, &table.read_step, &steps.build, &steps.text}) {
    step->print();
  }
  const auto members = std::count_if(
      snapshot->processes.begin(), snapshot->processes.end(),
      [](const ProcessSample& process) { return process.reading.member.has_value(); });
  std::printf("%zu processes, %td of them in tiers\n", snapshot->processes.size(), members);
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int tick_main(int argc, char** argv) {
  int ticks = 21;
  int wait_ms = 0;
  bool bpf = false;
  std::size_t kept_descriptors = ProcessCollectorOptions{}.kept_descriptors;
  CLI::App app("CPU time of each step of a tick");
  app.option_defaults()->always_capture_default();
  app.add_option("--ticks", ticks, "how many")->check(CLI::Range(2, 100000));
  app.add_option("--wait-ms", wait_ms, "between ticks")->check(CLI::Range(0, 60000));
  app.add_option("--kept-descriptors", kept_descriptors, "files of lively processes held open");
  app.add_flag("--bpf", bpf, "processes by the BPF iterator, not file by file");
  CLI11_PARSE(app, argc, argv);
  raise_descriptor_limit();
  run_ticks(ticks, std::chrono::milliseconds(wait_ms), kept_descriptors, bpf);
  return 0;
}

}  // namespace
}  // namespace tierwatch::bench

int main(int argc, char** argv) { return tierwatch::bench::tick_main(argc, argv); }
