// SPDX-License-Identifier: MIT
#include "tests/support/quiet_stack.h"

#include <stdexcept>

namespace tierwatch {

TierFacts quiet_tier(const std::string& name, RoleKind serving, double processes) {
  TierFacts tier;
  tier.name = tier.preset = name;
  tier.serving = serving;
  tier.single_core_processes = true;
  tier.processes = processes + 1;
  tier.worker_processes = tier.workers = processes;
  tier.cpu_cores = tier.serving_cores = tier.thread_run_cores = 0.2;
  tier.run_delay_cores = 0.01;
  tier.hottest_process = {.pid = 812, .cores = 0.1};
  tier.hottest_thread = {.pid = 812, .tid = 812, .cores = 0.1};
  tier.quota = {.cores = 6, .used_cores = 0.2, .throttled_ratio = 0};
  tier.allowed_cpus = 8;
  tier.allowed_cpus_busy_cores = 1;
  tier.worst_fds = {.pid = 812, .open = 40, .limit = 1024};
  tier.memory = {100 * kMebibyte, 256 * kMebibyte};
  tier.own_memory_bytes = 100 * kMebibyte;
  tier.oom_kills = tier.disk_waiting = 0;
  tier.connections = 1;
  tier.listeners = {{{.name = "/run/" + name + ".sock", .limit = 100, .drops = 0}}};
  tier.waits.emplace();
  tier.peers.emplace();
  return tier;
}

JudgeInput quiet_stack() {
  JudgeInput in{.seconds = 5,
                .host = {.processors = 8,
                         .busy_cores = 1,
                         .steal_cores = 0,
                         .cpu_pressure_ratio = 0.05,
                         .memory_pressure_ratio = 0,
                         .io_pressure_ratio = 0,
                         .memory_total_bytes = 1024 * kMebibyte,
                         .memory_available_bytes = 600 * kMebibyte,
                         .reclaim = ReclaimFacts{},
                         .oom_kills = 0,
                         .foreign = {},
                         .disks = {{.name = "sda", .busy_ratio = 0.05, .queue = 0.1}}},
                .tiers = {quiet_tier("nginx", RoleKind::kEventWorker, 2),
                          quiet_tier("uwsgi", RoleKind::kSyncWorker, 4),
                          quiet_tier("postgres", RoleKind::kSyncWorker, 6),
                          quiet_tier("redis", RoleKind::kEventWorker, 1)},
                .load = {}};
  tier_of(in, "nginx").connection_table = {20, 2048};
  tier_of(in, "nginx").possible_limit = {1, 0};
  tier_of(in, "redis").possible_limit = {4, 20};
  tier_of(in, "nginx").peers = {{{"uwsgi", true, 4}}};
  tier_of(in, "uwsgi").busy_workers = 1;
  tier_of(in, "uwsgi").peers = {{{"postgres", true, 4}, {"redis", true, 4}}};
  tier_of(in, "postgres").workers_on_demand = true;
  tier_of(in, "postgres").backends = {6, 0.5, 0, 0, 97.0};
  return in;
}

TierFacts& tier_of(JudgeInput& input, const std::string& name) {
  TierFacts* found = tier_named(input, name);
  if (!found) throw std::out_of_range("no tier " + name);
  return *found;
}

}  // namespace tierwatch
