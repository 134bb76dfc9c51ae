// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

// One process: its main thread holds all connections and reads requests, a fixed number of others
// answer them (four of them in waitress 2.1, unless --threads says otherwise).
const Server& waitress() {
  static const Server server{
      .name = "waitress",
      .match = {{.comm = "waitress-serve"},
                {.cmdline = TIERWATCH_PYTHON R"(waitress(?:-serve)?(?:-python3)?(?: |$))"}},
      .children = true,
      .roles = {kStartedProgram, {.name = "main", .kind = kSyncWorker}},
      .child_cpu_role = "child",
      .traits = {.single_core_processes = true,
                 .interpreter_lock = true,
                 .main_thread_only_accepts = true,
                 .parks_connections = true},
      .listen = {"tcp:8080"}};
  return server;
}

}  // namespace tierwatch::servers
