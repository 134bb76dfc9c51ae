// SPDX-License-Identifier: MIT
#include "tests/support/judge_cases.h"

#include <algorithm>
#include <stdexcept>

namespace tierwatch {

void use_cpu(TierFacts& tier, double cores, double delay) {
  tier.cpu_cores = tier.serving_cores = tier.thread_run_cores = cores;
  tier.run_delay_cores = delay;
  const double processes = std::max(1.0, tier.worker_processes.value_or(1));
  tier.hottest_process->cores = tier.hottest_thread->cores = std::min(1.0, cores / processes);
}

void fill_workers(TierFacts& tier, double queue) {
  tier.busy_workers = tier.workers;
  if (queue <= 0) return;
  tier.listeners->front().queue_mean = queue;
  tier.listeners->front().queue_peak = queue + 2;
  tier.listeners->front().queued_ratio = 1;
}

void pool_of(TierFacts& tier, double processes, double threads_each) {
  tier.worker_processes = processes;
  tier.workers = processes * threads_each;
  tier.processes = processes + 1;
  tier.busy_workers = 1;
}

void burn(JudgeInput& input, double cores) {
  input.host.busy_cores = *input.host.busy_cores + cores;
  input.host.foreign = {{.pid = 4000, .comm = "stress", .cores = cores}};
}

namespace {

void wait_for_tier(TierFacts& tier, const std::string& peer, double share) {
  tier.waits->push_back({WaitFacts::For::kTier, peer, share});
}

void wait_for_mail(TierFacts& tier, double share) {
  tier.waits->push_back({WaitFacts::For::kExternal, "127.0.0.1:2525", share});
}

TierFacts celery_in_small_quota() {
  TierFacts celery = quiet_tier("celery", RoleKind::kSyncWorker, 4);
  celery.quota = {.cores = 0.2, .used_cores = 0.2, .throttled_ratio = 1};
  celery.listeners.reset();
  use_cpu(celery, 0.2, 1);
  return celery;
}

std::vector<JudgeCase> limits_and_locks() {
  return {
      {"quiet stack", "nothing", [](JudgeInput&) {}},
      {"descriptors of one process used up", "nginx fds",
       [](JudgeInput& in) {
         tier_of(in, "nginx").worst_fds = {.pid = 9, .open = 1020, .limit = 1024};
       },
       &Thresholds::fds},
      {"memory of the cgroup nearly used up", "uwsgi memory",
       [](JudgeInput& in) { tier_of(in, "uwsgi").memory->used_bytes = 240 * kMebibyte; },
       &Thresholds::memory},
      {"killed for want of memory, much is free again", "uwsgi memory",
       [](JudgeInput& in) { tier_of(in, "uwsgi").oom_kills = 1; }},
      {"no connection left", "postgres connections",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {97, 5, 0, 1, 97.0};
       },
       &Thresholds::connections},
      {"limit before cpu: facts come first", "nginx fds",
       [](JudgeInput& in) {
         tier_of(in, "nginx").worst_fds->open = 1024;
         use_cpu(tier_of(in, "uwsgi"), 3.98);
       },
       &Thresholds::fds},
      {"backends wait for a row lock", "postgres lock",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {8, 8, 7, 0, 97.0};
         fill_workers(tier_of(in, "uwsgi"));
         wait_for_tier(tier_of(in, "uwsgi"), "postgres", 0.95);
       },
       &Thresholds::lock_waiting},
      {"many short lock waits while it works", "nothing",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {12, 12, 6, 0, 97.0};
         tier_of(in, "postgres").quota.reset();
         use_cpu(tier_of(in, "postgres"), 5.0);
         in.host.busy_cores = 5.5;
       }},
      {"one works at a time, on few processors, and the rest wait for its lock", "postgres lock",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {8, 8, 7, 0, 97.0};
         tier_of(in, "postgres").allowed_cpus = 2;
         use_cpu(tier_of(in, "postgres"), 1.2);
       },
       nullptr, true},
      {"one lock wait that comes and goes", "nothing",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {8, 0.3, 0.2, 0, 97.0};
       },
       nullptr, true},
  };
}

std::vector<JudgeCase> own_ceilings() {
  return {
      {"four workers use four cores", "uwsgi cpu",
       [](JudgeInput& in) { use_cpu(tier_of(in, "uwsgi"), 3.94); }, &Thresholds::cpu},
      {"65 % of what the workers can do", "nothing",
       [](JudgeInput& in) { use_cpu(tier_of(in, "uwsgi"), 2.6); }},
      {"one process of eight threads under a lock", "uwsgi thread",
       [](JudgeInput& in) {
         pool_of(tier_of(in, "uwsgi"), 1, 8);
         use_cpu(tier_of(in, "uwsgi"), 1.0);
         tier_of(in, "uwsgi").hottest_thread->cores = 0.13;
       },
       &Thresholds::cpu},
      {"workers that use several cores each have no such lock", "nothing",
       [](JudgeInput& in) {
         pool_of(tier_of(in, "uwsgi"), 2);
         use_cpu(tier_of(in, "uwsgi"), 1.9);
         tier_of(in, "uwsgi").hottest_process->cores = 1.6;
       }},
      {"redis fills its thread", "redis thread",
       [](JudgeInput& in) { use_cpu(tier_of(in, "redis"), 0.99); }, &Thresholds::cpu, true},
      {"redis fills what a busy host leaves of its core", "redis thread",
       [](JudgeInput& in) { use_cpu(tier_of(in, "redis"), 0.87, 0.12); }, nullptr, true},
      {"one process of eight threads under a lock, on a busy host", "uwsgi thread",
       [](JudgeInput& in) {
         pool_of(tier_of(in, "uwsgi"), 1, 8);
         use_cpu(tier_of(in, "uwsgi"), 0.85, 0.14);
         fill_workers(tier_of(in, "uwsgi"));
         burn(in, 6.5);
       },
       nullptr, true},
      {"threads hand the lock to each other while cores are idle", "uwsgi thread",
       [](JudgeInput& in) {
         pool_of(tier_of(in, "uwsgi"), 1, 8);
         use_cpu(tier_of(in, "uwsgi"), 0.86, 0.68);
         fill_workers(tier_of(in, "uwsgi"));
       },
       nullptr, true},
  };
}

std::vector<JudgeCase> parts_of_tiers() {
  return {
      {"an application of one worker beside an idle one", "uwsgi thread",
       [](JudgeInput& in) {
         use_cpu(tier_of(in, "uwsgi"), 1.0);
         tier_of(in, "uwsgi").busiest_instance = {.instances = 2, .processes = 1, .cores = 0.98};
       },
       &Thresholds::cpu, true},
      {"an application of two workers beside an idle one", "uwsgi cpu",
       [](JudgeInput& in) {
         pool_of(tier_of(in, "uwsgi"), 6);
         use_cpu(tier_of(in, "uwsgi"), 2.0);
         tier_of(in, "uwsgi").busiest_instance = {.instances = 2, .processes = 2, .cores = 1.96};
       },
       &Thresholds::cpu, true},
      {"the router before the workers fills its core", "uwsgi thread",
       [](JudgeInput& in) {
         use_cpu(tier_of(in, "uwsgi"), 1.2);
         tier_of(in, "uwsgi").hottest_router = {.pid = 7, .cores = 0.98};
       },
       &Thresholds::cpu, true},
      {"redis saves in a child that fills a core", "nothing",
       [](JudgeInput& in) { tier_of(in, "redis").cpu_cores = 1.3; }},
      {"one of two event loops is full", "nginx thread",
       [](JudgeInput& in) {
         use_cpu(tier_of(in, "nginx"), 1.1);
         tier_of(in, "nginx").hottest_process->cores = 0.99;
         tier_of(in, "nginx").hottest_thread->cores = 0.99;
       },
       &Thresholds::event_loop},
      {"quota used up on an idle host", "uwsgi quota",
       [](JudgeInput& in) {
         tier_of(in, "uwsgi").quota = {.cores = 0.5, .used_cores = {}, .throttled_ratio = 1};
         use_cpu(tier_of(in, "uwsgi"), 0.5, 3.7);
       },
       &Thresholds::cpu},
      {"pinned to fewer cores than workers", "uwsgi cpu",
       [](JudgeInput& in) {
         tier_of(in, "uwsgi").allowed_cpus = 2;
         use_cpu(tier_of(in, "uwsgi"), 1.96, 2);
       },
       &Thresholds::cpu},
      {"one backend fills a core: no full tier", "nothing",
       [](JudgeInput& in) {
         use_cpu(tier_of(in, "postgres"), 1.0);
         tier_of(in, "postgres").hottest_thread->cores = 1.0;
       }},
  };
}

std::vector<JudgeCase> shared_processors() {
  const auto crowded = [](JudgeInput& in) {
    pool_of(tier_of(in, "uwsgi"), 16);
    for (TierFacts& tier : in.tiers) tier.quota.reset();
    use_cpu(tier_of(in, "uwsgi"), 4.0, 6);
    use_cpu(tier_of(in, "postgres"), 2.4, 3);
    in.host.busy_cores = 7.7;
  };
  return {
      {"host full, one tier uses most of it", "uwsgi cpu", crowded, &Thresholds::host_cpu},
      {"host full, but nobody waits for a core", "nothing",
       [crowded](JudgeInput& in) {
         crowded(in);
         for (TierFacts& tier : in.tiers) tier.run_delay_cores = 0.01;
       }},
      {"other virtual machines take the rest", "uwsgi cpu",
       [](JudgeInput& in) {
         pool_of(tier_of(in, "uwsgi"), 16);
         tier_of(in, "uwsgi").quota.reset();
         use_cpu(tier_of(in, "uwsgi"), 3.9, 5);
         in.host.busy_cores = 4.6;
         in.host.steal_cores = 3.0;
       },
       &Thresholds::host_cpu},
      {"pinned to a core that others fill", "uwsgi cpu",
       [](JudgeInput& in) {
         tier_of(in, "uwsgi").allowed_cpus = 2;
         tier_of(in, "uwsgi").allowed_cpus_busy_cores = 1.96;
         use_cpu(tier_of(in, "uwsgi"), 1.0, 2);
       },
       &Thresholds::host_cpu},
      {"a batch at its small quota, the host filled by the pool", "uwsgi cpu",
       [crowded](JudgeInput& in) {
         crowded(in);
         fill_workers(tier_of(in, "uwsgi"));
         in.tiers.push_back(celery_in_small_quota());
       },
       &Thresholds::host_cpu},
  };
}

std::vector<JudgeCase> held() {
  return {
      {"workers held by a slow peer, clients as many as workers", "uwsgi workers",
       [](JudgeInput& in) {
         fill_workers(tier_of(in, "uwsgi"), 0);
         wait_for_mail(tier_of(in, "uwsgi"), 0.99);
       },
       &Thresholds::workers},
      {"error pages of an overflowing pool fill the host", "uwsgi workers",
       [](JudgeInput& in) {
         fill_workers(tier_of(in, "uwsgi"), 101);
         tier_of(in, "uwsgi").listeners->front().full_ratio = 0.9;
         wait_for_mail(tier_of(in, "uwsgi"), 0.97);
         tier_of(in, "nginx").peers = {{.name = "uwsgi", .watched = true, .connections = 100}};
         use_cpu(tier_of(in, "nginx"), 5.2, 2.6);
         burn(in, 2.3);
         in.host.busy_cores = 7.9;
       }},
      {"a queue, and nothing known of workers", "uwsgi workers",
       [](JudgeInput& in) {
         fill_workers(tier_of(in, "uwsgi"));
         tier_of(in, "uwsgi").busy_workers.reset();
       },
       &Thresholds::queued},
      {"75 % of the workers held", "nothing",
       [](JudgeInput& in) { tier_of(in, "uwsgi").busy_workers = 3; }},
      {"the only worker waits for one heavy query", "uwsgi workers",
       [](JudgeInput& in) {
         pool_of(tier_of(in, "uwsgi"), 1);
         fill_workers(tier_of(in, "uwsgi"));
         wait_for_tier(tier_of(in, "uwsgi"), "postgres", 0.97);
         use_cpu(tier_of(in, "uwsgi"), 0.02);
         use_cpu(tier_of(in, "postgres"), 0.98);
         tier_of(in, "postgres").hottest_thread->cores = 0.98;
         tier_of(in, "postgres").backends = {1, 1, 0, 0, 97.0};
       }},
  };
}

std::vector<JudgeCase> held_by_another_tier() {
  return {
      {"workers held by a full database", "postgres cpu",
       [](JudgeInput& in) {
         fill_workers(tier_of(in, "uwsgi"));
         wait_for_tier(tier_of(in, "uwsgi"), "postgres", 0.9);
         tier_of(in, "postgres").quota.reset();
         use_cpu(tier_of(in, "postgres"), 7.5, 6);
         in.host.busy_cores = 7.9;
       }},
      {"held by mail while others fill redis", "uwsgi workers",
       [](JudgeInput& in) {
         fill_workers(tier_of(in, "uwsgi"));
         wait_for_mail(tier_of(in, "uwsgi"), 0.97);
         use_cpu(tier_of(in, "redis"), 0.99);
       },
       nullptr, true},
      {"held by mail and by a full redis", "redis thread",
       [](JudgeInput& in) {
         fill_workers(tier_of(in, "uwsgi"));
         wait_for_mail(tier_of(in, "uwsgi"), 0.5);
         wait_for_tier(tier_of(in, "uwsgi"), "redis", 0.45);
         use_cpu(tier_of(in, "redis"), 0.99);
       },
       &Thresholds::cpu, true},
      {"a pool held by another pool", "gunicorn workers",
       [](JudgeInput& in) {
         in.tiers.push_back(quiet_tier("gunicorn", RoleKind::kSyncWorker, 4));
         for (const char* pool : {"uwsgi", "gunicorn"}) fill_workers(tier_of(in, pool));
         wait_for_tier(tier_of(in, "uwsgi"), "gunicorn", 0.9);
         wait_for_mail(tier_of(in, "gunicorn"), 0.9);
       }},
  };
}

std::vector<JudgeCase> disks_and_tables() {
  return {
      {"backends wait for a slow disk", "postgres disk",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {8, 6, 0, 0, 97.0};
         tier_of(in, "postgres").disk_waiting = 5;
         in.host.io_pressure_ratio = 0.6;
         in.host.disks = {{.name = "sda", .busy_ratio = 0.99, .queue = 6}};
       },
       &Thresholds::disk_waiting},
      {"one backend after the other writes, the rest wait for it", "postgres disk",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {8, 8, 0, 0, 97.0};
         tier_of(in, "postgres").disk_waiting = 1;
         in.host.io_pressure_ratio = 0.6;
         fill_workers(tier_of(in, "uwsgi"));
         wait_for_tier(tier_of(in, "uwsgi"), "postgres", 0.9);
       },
       &Thresholds::io_pressure, true},
      {"one backend reads from a slow disk, nobody waits for it", "nothing",
       [](JudgeInput& in) {
         tier_of(in, "postgres").backends = {8, 3, 0, 0, 97.0};
         tier_of(in, "postgres").disk_waiting = 1;
         in.host.io_pressure_ratio = 0.6;
       }},
      {"connection table full", "nginx connections",
       [](JudgeInput& in) {
         tier_of(in, "nginx").connection_table = {176, 200};
       },
       &Thresholds::connection_table},
      {"connections wait for nginx and nothing explains it", "nginx workers",
       [](JudgeInput& in) {
         tier_of(in, "nginx").connection_table.reset();
         tier_of(in, "nginx").listeners->front().queue_mean = 40;
         tier_of(in, "nginx").listeners->front().queued_ratio = 0.9;
       },
       &Thresholds::queued},
  };
}

}  // namespace

std::string named_by(const Verdict& verdict) {
  if (verdict.state == VerdictState::kClear) return "nothing";
  if (verdict.state == VerdictState::kUnknown) return "unknown";
  return verdict.tier + " " + std::string(to_string(verdict.resource));
}

const std::vector<JudgeCase>& judge_cases() {
  static const std::vector<JudgeCase> cases = [] {
    std::vector<JudgeCase> all = limits_and_locks();
    for (auto* more : {&own_ceilings, &parts_of_tiers, &shared_processors, &strangers, &held,
                       &held_by_another_tier, &disks_and_tables, &demand_cases, &path_cases,
                       &host_memory_cases, &limits_of_places, &unread_cases})
      for (JudgeCase& one : (*more)()) all.push_back(std::move(one));
    return all;
  }();
  return cases;
}

const JudgeCase& judge_case(const std::string& name) {
  for (const JudgeCase& one : judge_cases())
    if (one.name == name) return one;
  throw std::out_of_range(name);
}

}  // namespace tierwatch
