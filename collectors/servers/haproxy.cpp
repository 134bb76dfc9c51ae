// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

// `haproxy -W`: master and worker show the same title. A worker runs one thread per core unless
// nbthread says less.
const Server& haproxy() {
  static const Server server{
      .name = "haproxy",
      .match = {{.comm = "haproxy"}, {.exe = "*/haproxy"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "master", .parent_in_tier = false, .has_children_in_tier = true},
                {.name = "worker", .kind = kEventWorker}},
      .child_cpu_role = "worker",
      .traits = {.limits_parts = true, .connections_option = "maxconn"},
      .listen = {"tcp:80", "tcp:443"}};
  return server;
}

}  // namespace tierwatch::servers
