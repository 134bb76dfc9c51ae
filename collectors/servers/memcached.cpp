// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

const Server& memcached() {
  static const Server server{.name = "memcached",
                             .match = {{.comm = "memcached"}, {.exe = "*/memcached"}},
                             .children = true,
                             .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
                             .child_cpu_role = "child",
                             .listen = {"tcp:11211", "unix:/run/memcached/*"}};
  return server;
}

}  // namespace tierwatch::servers
