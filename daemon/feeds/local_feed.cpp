// SPDX-License-Identifier: MIT
#include "daemon/feeds/local_feed.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "analysis/load/run_sample.h"
#include "analysis/runs/run_steps.h"
#include "collectors/host/local_ports.h"
#include "collectors/process/visibility.h"
#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

SourceWish wish_of(ProcessSource source) {
  switch (source) {
    case ProcessSource::kProc:
      return SourceWish::kProc;
    case ProcessSource::kBpf:
      return SourceWish::kBpf;
    case ProcessSource::kAuto:
      break;
  }
  return SourceWish::kAuto;
}

ProcessCollectorOptions collector_options(const Config& config) {
  return {.kept_descriptors = config.sampling.kept_descriptors,
          .proportional_memory = config.memory.proportional,
          .proportional_interval = config.memory.proportional_interval,
          .proportional_max_bytes = config.memory.proportional_max_bytes,
          .proportional_budget = config.memory.proportional_budget};
}

}  // namespace

LocalFeed::LocalFeed(Config config)
    : config_(std::move(config)),
      table_(make_process_table()),
      host_(files_, faults_),
      cgroups_(files_, faults_),
      sockets_(make_sock_diag_table(), files_, faults_, config_.rules),
      settings_(files_),
      stamps_(files_),
      data_space_(files_),
      builder_(config_.rules),
      tracker_(config_.thresholds),
      hostname_(host_name()) {
  make_collectors();
}

void LocalFeed::choose_source() {
  const SourceWish wish = wish_of(config_.sampling.source);
  if (wish == SourceWish::kProc || !source_.tasks || !source_.tasks->trouble().empty())
    source_ = choose_task_source(wish, files_, *table_);
}

/// Where it has failed since, /proc has taken its place within the tick.
LocalFeed::Source LocalFeed::source() const {
  if (source_.tasks && !source_.tasks->trouble().empty())
    return {.reason = SourceReason::kFailed, .words = source_.tasks->trouble()};
  return {.bpf = source_.tasks != nullptr, .reason = source_.reason, .words = source_.words};
}

void LocalFeed::make_collectors() {
  choose_source();
  processes_ = std::make_unique<ProcessCollector>(files_, *table_, faults_, config_.rules,
                                                  collector_options(config_), source_.tasks.get());
  notes_ = visibility_notes(files_);
}

void LocalFeed::reconfigure(Config config) {
  processes_.reset();  // it points into the old rules
  config_ = std::move(config);
  builder_.set_rules(config_.rules);
  sockets_.set_rules(config_.rules);
  tracker_.set_thresholds(config_.thresholds);
  make_collectors();
}

void LocalFeed::sample_queues() {
  const nanoseconds cpu_before = thread_cpu_now();
  sockets_.sub_sample(read_clocks());
  self_.sampling_cpu += thread_cpu_now() - cpu_before;
}

Reading LocalFeed::read() {
  Reading reading{.at = read_clocks()};
  reading.host = host_.collect(reading.at.monotonic);
  reading.processes = processes_->collect(reading.at);
  reading.cgroups = cgroups_.collect(processes_->cgroup_memberships());
  reading.sockets = sockets_.collect(reading.at, reading.processes);
  reading.settings = settings_.collect(reading.at, config_.rules, reading.processes);
  reading.data_space = data_space_.collect(reading.at, config_.rules, reading.processes);
  reading.somaxconn = settings_.somaxconn();
  reading.local_ports = read_local_ports(files_);
  reading.tcp_sockets = read_tcp_sockets(files_);
  reading.faults = faults_.counts();
  reading.notes = notes_;
  for (std::string& note : host_.notes()) reading.notes.push_back(std::move(note));
  return reading;
}

/// The load generator of a run is a user of this host, not a tier of the stack.
void LocalFeed::judge(Snapshot& snapshot) {
  const TierFacts* generator = tier_named(std::as_const(snapshot.facts), kGeneratorTier);
  if (!generator) {
    snapshot.verdict = tracker_.add(snapshot.facts);
  } else {
    const pid_t hottest = generator->hottest_process ? generator->hottest_process->pid : 0;
    const auto process = std::ranges::find_if(
        snapshot.processes, [hottest](const auto& one) { return one.reading.id.pid == hottest; });
    JudgeInput facts = without_generator(
        snapshot.facts, process == snapshot.processes.end() ? "" : process->reading.comm);
    snapshot.facts.load = facts.load;
    snapshot.verdict = tracker_.add(std::move(facts));
  }
  snapshot.saturated_seconds = tracker_.saturated_seconds();
}

SnapshotPtr LocalFeed::sample(std::uint64_t late_ticks, std::uint64_t unrecorded_ticks) {
  const nanoseconds cpu_before = thread_cpu_now();
  Reading reading = read();
  const nanoseconds started = reading.at.monotonic;

  std::vector<ServerStamp> stamps = stamps_.collect(reading.at, config_.rules, reading.processes);
  auto snapshot = std::make_shared<Snapshot>(builder_.build(std::move(reading)));
  snapshot->stamps = std::move(stamps);
  judge(*snapshot);
  self_.last_sampling = thread_cpu_now() - cpu_before;
  self_.last_sampling_wall = monotonic_now() - started;
  self_.sampling_cpu += self_.last_sampling;
  self_.cpu = process_cpu_now();
  self_.late_ticks = late_ticks;
  self_.unrecorded_ticks = unrecorded_ticks;
  self_.verdict_changes = tracker_.changes();
  ++self_.ticks;
  snapshot->hostname = hostname_;
  snapshot->self = self_;
  return snapshot;
}

}  // namespace tierwatch
