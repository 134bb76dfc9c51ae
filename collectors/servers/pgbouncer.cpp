// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

const Server& pgbouncer() {
  static const Server server{.name = "pgbouncer",
                             .match = {{.comm = "pgbouncer"}, {.exe = "*/pgbouncer"}},
                             .children = true,
                             .roles = {kStartedProgram, {.name = "main", .kind = kEventWorker}},
                             .child_cpu_role = "child",
                             .traits = {.single_core_processes = true},
                             .listen = {"unix:/run/postgresql/.s.PGSQL.6432", "tcp:6432"}};
  return server;
}

}  // namespace tierwatch::servers
