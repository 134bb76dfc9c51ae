// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

const Server& mongodb() {
  static const Server server{
      .name = "mongodb",
      .match = {{.comm = "mongod"}, {.comm = "mongos"}, {.exe = "*/mongod"}, {.exe = "*/mongos"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "router", .kind = kThreaded, .title = R"(^(\S*/)?mongos( |$))"},
                {.name = "main", .kind = kThreaded}},
      .child_cpu_role = "child",
      .traits = {.connections_option = "maxIncomingConnections"},
      .listen = {"tcp:27017", "unix:/tmp/mongodb-*.sock"}};
  return server;
}

}  // namespace tierwatch::servers
