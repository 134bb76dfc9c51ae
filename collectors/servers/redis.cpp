// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

// `redis-server 127.0.0.1:6379`; forks are `redis-rdb-bgsave 127.0.0.1:6379`, `redis-rdb-to-slaves
// …`, `redis-aof-rewrite …`. exe says nothing: Debian's redis-server is a link to redis-check-rdb.
const Server& redis() {
  static const Server server{
      .name = "redis",
      .match = {{.comm = "redis-server"}, {.comm = "redis-sentinel"}, {.comm = "valkey-server"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "sentinel", .title = R"(\[sentinel\] *$)"},
                {.name = "aof-rewrite", .title = "^redis-aof-rewrite "},
                {.name = "bgsave", .parent_in_tier = true},
                {.name = "main", .kind = kEventWorker}},
      .child_cpu_role = "bgsave",
      .traits = {.single_core_processes = true,
                 .fewest_clients = 32,
                 .connections_option = "maxclients"},
      .listen = {"tcp:6379", "unix:/run/redis/*"}};
  return server;
}

}  // namespace tierwatch::servers
