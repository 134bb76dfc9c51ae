// SPDX-License-Identifier: MIT
#include "daemon/local_feed.h"

#include <unistd.h>

#include <array>

#include "collectors/visibility.h"
#include "daemon/clock.h"

namespace tierwatch {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
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
      builder_(config_.rules),
      hostname_(host_name()) {
  make_collectors();
}

void LocalFeed::make_collectors() {
  processes_ = std::make_unique<ProcessCollector>(files_, *table_, faults_, config_.rules,
                                                  collector_options(config_));
  notes_ = visibility_notes(files_);
}

void LocalFeed::reconfigure(Config config) {
  processes_.reset();  // it points into the old rules
  config_ = std::move(config);
  builder_.set_rules(config_.rules);
  make_collectors();
}

SnapshotPtr LocalFeed::sample(std::uint64_t late_ticks) {
  const nanoseconds cpu_before = thread_cpu_now();
  Reading reading{.at = read_clocks()};
  reading.host = host_.collect();
  reading.processes = processes_->collect(reading.at);
  reading.faults = faults_.counts();
  reading.notes = notes_;
  for (std::string& note : host_.notes()) reading.notes.push_back(std::move(note));
  const nanoseconds started = reading.at.monotonic;

  auto snapshot = std::make_shared<Snapshot>(builder_.build(std::move(reading)));
  self_.last_sampling = thread_cpu_now() - cpu_before;
  self_.last_sampling_wall = monotonic_now() - started;
  self_.sampling_cpu += self_.last_sampling;
  self_.cpu = process_cpu_now();
  self_.late_ticks = late_ticks;
  ++self_.ticks;
  snapshot->hostname = hostname_;
  snapshot->self = self_;
  return snapshot;
}

}  // namespace tierwatch
