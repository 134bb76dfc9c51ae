// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

const Server& mysql() {
  static const Server server{.name = "mysql",
                             .match = {{.comm = "mysqld"},
                                       {.comm = "mariadbd"},
                                       {.exe = "*/mysqld"},
                                       {.exe = "*/mariadbd"}},
                             .children = true,
                             .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
                             .child_cpu_role = "child",
                             .listen = {"tcp:3306", "unix:/run/mysqld/*"}};
  return server;
}

}  // namespace tierwatch::servers
