// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

const Server& nginx() {
  static const Server server{
      .name = "nginx",
      .match = {{.comm = "nginx"}, {.exe = "*/nginx"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "master", .title = "^nginx: master process"},
                {.name = "cache", .title = "^nginx: cache (manager|loader) process"},
                {.name = "agent", .title = "^nginx: privileged agent process"},
                {.name = "control",
                 .title = R"(^\S*nginx (.* )?-[tTsvV]( |$))"},  // nginx -t, -s reload
                // Also the single process of `master_process off`, which keeps its command line as
                // title.
                {.name = "worker", .kind = kEventWorker}},
      .child_cpu_role = "worker",
      .traits = {.single_core_processes = true,
                 .connections_option = "worker_connections",
                 .connection_table = true},
      .listen = {"tcp:80", "tcp:443"}};
  return server;
}

}  // namespace tierwatch::servers
