// SPDX-License-Identifier: MIT
//
// Ruby's servers. Threads of one process take turns under an interpreter lock, as Python's do.
#include <csignal>

#include "collectors/servers/server.h"

namespace tierwatch::servers {

// `puma 5.6.5 (tcp://0.0.0.0:9292) [shop]`, alone or with `puma: cluster worker 0: 123 [shop]`.
// Threads that answer are started as they are needed, up to a number that its title does not show;
// a reactor thread holds idle connections. It accepts no more while no thread is free.
const Server& puma() {
  static const Server server{
      .name = "puma",
      .match = {{.comm = "puma"}, {.cmdline = R"(^puma(?:: cluster worker \d| \d+\.))"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "cluster-worker", .kind = kSyncWorker, .title = "^puma: cluster worker "},
                // Seen with Puma 5.6: it raises and lowers the number of its workers.
                {.name = "master", .catches = signal_bit(SIGTTIN)},
                {.name = "main", .kind = kSyncWorker}},
      .child_cpu_role = "child",
      .traits = {.single_core_processes = true,
                 .interpreter_lock = true,
                 .workers_started_on_demand = true,
                 .helper_threads = 5,
                 .parks_connections = true},
      .listen = {"tcp:9292", "tcp:3000"}};
  return server;
}

// `unicorn master -l …`, `unicorn worker[0] -l …`: one request each.
const Server& unicorn() {
  static const Server server{
      .name = "unicorn",
      .match = {{.comm = "unicorn"},
                {.comm = "unicorn_rails"},
                {.cmdline = R"(^(?:\S*/)?unicorn(?:_rails)? (?:master|worker\[\d+\]))"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "worker", .kind = kSyncWorker, .title = R"( worker\[\d+\])"},
                {.name = "master"}},
      .child_cpu_role = "worker",
      .traits = {.single_core_processes = true, .interpreter_lock = true},
      .listen = {"tcp:8080"}};
  return server;
}

}  // namespace tierwatch::servers
