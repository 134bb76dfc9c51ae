// SPDX-License-Identifier: MIT
//
// Whole stacks: a level that nobody asks beyond, who waits for whom over several hops, pools of
// connections, chance.
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

void add_node(JudgeInput& in, double requests, double connections, double awaiting) {
  TierFacts node = quiet_tier("node", RoleKind::kEventWorker, 1);
  node.owed = requests;
  node.peers = {{{.name = "127.0.0.1:2600",
                  .watched = false,
                  .connections = connections,
                  .awaiting = awaiting}}};
  node.waits = {{{WaitFacts::For::kExternal, "127.0.0.1:2600", awaiting / requests}}};
  in.tiers.push_back(std::move(node));
}

/// PgBouncer before Postgres; `unix_clients` are connected over UNIX sockets, at work or not.
void add_pooler(JudgeInput& in, double requests, double connections, double awaiting,
                double unix_clients = 0) {
  TierFacts pooler = quiet_tier("pgbouncer", RoleKind::kEventWorker, 1);
  pooler.cpu_cores = pooler.serving_cores = pooler.thread_run_cores = 0.01;
  pooler.run_delay_cores = 0;
  pooler.owed = requests + unix_clients;
  pooler.owed_by_unix = unix_clients;
  pooler.connection_table = {20, 100};
  pooler.peers = {{{"postgres", true, connections, awaiting}}};
  in.tiers.push_back(std::move(pooler));
}

void take_all_connections(JudgeInput& in, double ended_cores) {
  tier_of(in, "postgres").backends = {97, 5, 0, 1, 97.0, ended_cores};
}

void fill_cache(JudgeInput& in, double limit_hits) {
  tier_of(in, "redis").memory = {250 * kMebibyte, 256 * kMebibyte, limit_hits};
}

void wait_for_a_lock(JudgeInput& in, double awaiting) {
  tier_of(in, "postgres").backends = {5, 1.2, 1.1, 0, 97.0};
  tier_of(in, "uwsgi").peers->front().awaiting = awaiting;
}

/// No watched tier is connected to the database.
void wait_unwatched(JudgeInput& in, double sessions) {
  tier_of(in, "postgres").backends = {sessions + 1, sessions, sessions, 0, 97.0};
  tier_of(in, "postgres").owed = sessions;
  tier_of(in, "uwsgi").peers->clear();
}

void queue_before(TierFacts& tier, double processes, double threads, double busy, double queued) {
  tier.worker_processes = processes;
  tier.workers = processes * threads;
  tier.busy_workers = busy;
  tier.listeners->front().queued_ratio = queued;
  tier.listeners->front().queue_mean = queued;
}

void add_loop(JudgeInput& in, double requests) {
  TierFacts loop = quiet_tier("uvicorn", RoleKind::kEventWorker, 1);
  loop.owed = requests;
  loop.listeners->front().name = "127.0.0.1:8000";
  in.tiers.push_back(std::move(loop));
}

/// Workers wait for the database, which gets little of a host that strangers fill.
void starve_the_database(JudgeInput& in, double delay) {
  in.host.busy_cores = 7.9;
  in.host.foreign = {{.pid = 4000, .comm = "stress", .cores = 6.5}};
  queue_before(tier_of(in, "uwsgi"), 4, 1, 4, 1);
  tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kTier, "postgres", 0.95}}};
  TierFacts& postgres = tier_of(in, "postgres");
  postgres.backends = {6, 4, 0, 0, 97.0};
  postgres.cpu_cores = postgres.serving_cores = postgres.thread_run_cores = 0.8;
  postgres.run_delay_cores = delay;
}

/// A pool of workers before a database whose threads write to a slow disk.
void add_database_with_threads(JudgeInput& in, double disk_waiting, bool held) {
  TierFacts mysql = quiet_tier("mysql", RoleKind::kThreaded, 1);
  mysql.workers = 21;
  mysql.single_core_processes = false;
  mysql.owed = 4;
  mysql.disk_waiting = disk_waiting;
  mysql.listeners->front().name = "127.0.0.1:3306";
  in.tiers.push_back(std::move(mysql));
  in.host.io_pressure_ratio = 0.5;
  tier_of(in, "uwsgi").peers = {{{"mysql", true, 4, 4}}};
  if (!held) return;
  queue_before(tier_of(in, "uwsgi"), 4, 1, 4, 1);
  tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kTier, "mysql", 1}}};
}

/// Workers whose files fill their memory limit.
void read_files(JudgeInput& in, double reread_pages) {
  queue_before(tier_of(in, "uwsgi"), 4, 1, 4, 1);
  tier_of(in, "uwsgi").memory = {50 * kMebibyte, 150 * kMebibyte, 40'000};
  tier_of(in, "uwsgi").disk_waiting = 3;
  in.host.io_pressure_ratio = 0.4;
  in.host.memory_pressure_ratio = 0.25;
  in.host.reclaim->reread_pages_per_second = reread_pages;
}

}  // namespace

std::vector<JudgeCase> demand_cases() {
  return {
      {"every connection taken, nobody refused", "nothing",
       [](JudgeInput& in) { take_all_connections(in, 0); }, nullptr, true},
      {"every connection taken, others come and go", "postgres connections",
       [](JudgeInput& in) { take_all_connections(in, 0.01); }, &Thresholds::connections, true},
      {"a cache fills its memory on purpose", "nothing", [](JudgeInput& in) { fill_cache(in, 0); },
       nullptr, true},
      {"a cache wants more memory than it may have", "redis memory",
       [](JudgeInput& in) { fill_cache(in, 3); }, &Thresholds::memory, true},
      {"a session waits for a lock that no tier wants", "nothing",
       [](JudgeInput& in) { wait_for_a_lock(in, 0.1); }, nullptr, true},
      {"a session of nobody watched waits for a lock, alone", "nothing",
       [](JudgeInput& in) { wait_unwatched(in, 1); }, nullptr, true},
      {"several sessions of nobody watched wait for a lock", "postgres lock",
       [](JudgeInput& in) { wait_unwatched(in, 3); }, &Thresholds::lock_waiting, true},
      {"a lock that workers wait for", "postgres lock",
       [](JudgeInput& in) { wait_for_a_lock(in, 1.1); }, &Thresholds::lock_waiting, true},
      {"one worker at two thirds of its time, by chance with a queue", "nothing",
       [](JudgeInput& in) { queue_before(tier_of(in, "uwsgi"), 1, 1, 0.67, 0.6); }, nullptr, true},
      {"one worker with a queue all the time", "uwsgi workers",
       [](JudgeInput& in) { queue_before(tier_of(in, "uwsgi"), 1, 1, 1, 0.95); }, nullptr, true},
      {"one thread of a database after the other writes, the rest wait for it", "mysql disk",
       [](JudgeInput& in) { add_database_with_threads(in, 1, true); }, &Thresholds::io_pressure,
       true},
      {"a thread of a database writes all day, nobody waits for it", "nothing",
       [](JudgeInput& in) { add_database_with_threads(in, 1, false); }, nullptr, true},
      {"requests wait in a database, and not for its disk", "uwsgi workers",
       [](JudgeInput& in) { add_database_with_threads(in, 0, true); }, nullptr, true},
      {"files that are read do not fit into the memory limit", "uwsgi memory",
       [](JudgeInput& in) { read_files(in, 90'000); }, nullptr, true},
      {"files that are read once fill the memory limit", "uwsgi disk",
       [](JudgeInput& in) { read_files(in, 10); }, nullptr, true},
      {"half of the threads only report errors", "uwsgi workers",
       [](JudgeInput& in) {
         queue_before(tier_of(in, "uwsgi"), 4, 2, 4, 0.95);
         tier_of(in, "uwsgi").single_core_processes = true;
       },
       nullptr, true},
  };
}

std::vector<JudgeCase> path_cases() {
  return {
      {"requests take turns on the connections of node", "node pool",
       [](JudgeInput& in) { add_node(in, 16, 4, 4); }, nullptr, true},
      {"each request of node has a connection", "nothing",
       [](JudgeInput& in) { add_node(in, 4, 4, 4); }, nullptr, true},
      {"held by something two hops away", "uwsgi workers",
       [](JudgeInput& in) {
         add_node(in, 4, 4, 4);
         queue_before(tier_of(in, "uwsgi"), 4, 1, 4, 1);
         tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kTier, "node", 0.97}}};
         tier_of(in, "uwsgi").peers->push_back({"node", true, 4, 3.9});
       },
       nullptr, true},
      {"a lock behind a pooler that passes requests on", "postgres lock",
       [](JudgeInput& in) {
         TierFacts pooler = quiet_tier("pgbouncer", RoleKind::kEventWorker, 1);
         pooler.owed = 4;
         pooler.peers = {{{"postgres", true, 4, 4}}};
         pooler.waits = {{{WaitFacts::For::kTier, "postgres", 1}}};
         in.tiers.push_back(std::move(pooler));
         queue_before(tier_of(in, "uwsgi"), 4, 1, 4, 1);
         tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kTier, "pgbouncer", 0.97}}};
         tier_of(in, "uwsgi").peers = {{{"pgbouncer", true, 4, 4}}};
         tier_of(in, "postgres").backends = {4, 4, 3, 0, 97.0};
       },
       &Thresholds::lock_waiting, true},
      {"one request at a time waits in a pooler", "pgbouncer pool",
       [](JudgeInput& in) { add_pooler(in, 5, 4, 4); }, nullptr, true},
      {"sessions keep the connections of a pooler", "pgbouncer pool",
       [](JudgeInput& in) { add_pooler(in, 1, 4, 0); }, nullptr, true},
      {"quick requests through a pooler that has its connections all but free", "nothing",
       [](JudgeInput& in) { add_pooler(in, 8, 8, 6.5); }, nullptr, true},
      {"idle clients of a pooler over its UNIX socket", "nothing",
       [](JudgeInput& in) { add_pooler(in, 0, 4, 0, 9); }, nullptr, true},
      {"a batch beside the pool that all wait for", "uwsgi workers",
       [](JudgeInput& in) {
         TierFacts& redis = tier_of(in, "redis");
         redis.cpu_cores = redis.serving_cores = redis.thread_run_cores = 0.99;
         redis.hottest_process->cores = redis.hottest_thread->cores = 0.99;
         queue_before(tier_of(in, "uwsgi"), 4, 1, 4, 1);
         tier_of(in, "uwsgi").peers = {{{"127.0.0.1:2525", false, 4}}};
       },
       nullptr, true},
      {"nobody sees what the requests of an event loop wait for", "nothing",
       [](JudgeInput& in) { add_loop(in, 12); }, nullptr, true},
      {"strangers take the processors of the database", "other cpu",
       [](JudgeInput& in) { starve_the_database(in, 3); }, &Thresholds::run_delay, true},
      {"strangers fill the host, the database only sleeps", "uwsgi workers",
       [](JudgeInput& in) { starve_the_database(in, 0.1); }, nullptr, true},
  };
}

}  // namespace tierwatch
