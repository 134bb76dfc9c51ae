// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

// With python3-setproctitle `[celeryd: celery@host:MainProcess] -active- (…)`, `[celeryd:
// celery@host:ForkPoolWorker-1]` and `[celery beat] …` (and comm cut from it). `celery inspect` and
// the like are clients.
const Server& celery() {
  static const Server server{
      .name = "celery",
      .match = {{.comm = "celery", .cmdline = "celery (.* )?(worker|beat)( |$)"},
                {.cmdline = R"(^\[celery(d: | beat\]))"},
                {.cmdline = TIERWATCH_PYTHON R"(celery (.* )?(worker|beat)( |$))"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "beat", .title = R"(^\[celery beat\]| beat( |$))"},
                {.name = "main", .parent_in_tier = false, .has_children_in_tier = true},
                // Also the only process of `--pool solo` and `--pool threads`.
                {.name = "worker", .kind = kSyncWorker}},
      .child_cpu_role = "worker",
      .traits = {.single_core_processes = true, .interpreter_lock = true},
      .listen = {}};
  return server;
}

}  // namespace tierwatch::servers
