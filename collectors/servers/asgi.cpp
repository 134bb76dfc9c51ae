// SPDX-License-Identifier: MIT
//
// Python's ASGI servers: an event loop per process, whichever they are. What is synchronous in an
// application runs in threads beside it, under the same interpreter lock. Seen with uvicorn 0.17,
// hypercorn 0.13 and daphne 4.0, whose only processes are single.
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

constexpr ServerTraits kTraits{.single_core_processes = true, .interpreter_lock = true};

}  // namespace

// With --workers or --reload the first process only starts the others, as `python3 -c from
// multiprocessing.spawn import spawn_main; …`, beside a resource tracker.
const Server& uvicorn() {
  static const Server server{
      .name = "uvicorn",
      .match = {{.comm = "uvicorn"},
                {.cmdline = TIERWATCH_PYTHON R"(uvicorn(?: |$))"},
                {.cmdline = TIERWATCH_PYTHON R"(fastapi (?:run|dev)(?: |$))"}},
      .children = true,
      .roles = {{.name = "worker",
                 .kind = kEventWorker,
                 .title = "from multiprocessing.spawn import",
                 .joined = true},
                kStartedProgram,
                {.name = "supervisor",
                 .title = R"( --(?:reload|workers[ =](?:[2-9]|\d\d))(?:\D|$))"},
                {.name = "main", .kind = kEventWorker}},
      .child_cpu_role = "child",
      .traits = kTraits,
      .listen = {"tcp:8000"}};
  return server;
}

// With several workers (and, from 0.14 on, with one) the first process only starts the others:
// forks of the same title, in newer versions as uvicorn's. One that starts any other program looks
// the same.
const Server& hypercorn() {
  static const Server server{
      .name = "hypercorn",
      .match = {{.comm = "hypercorn"}, {.cmdline = TIERWATCH_PYTHON R"(hypercorn(?: |$))"}},
      .children = true,
      .roles = {{.name = "worker",
                 .kind = kEventWorker,
                 .title = R"(hypercorn |from multiprocessing\.spawn import)",
                 .parent_in_tier = true},
                kStartedProgram,
                {.name = "supervisor", .parent_in_tier = false, .has_children_in_tier = true},
                {.name = "main", .kind = kEventWorker}},
      .child_cpu_role = "child",
      .traits = kTraits,
      .listen = {"tcp:8000"}};
  return server;
}

const Server& daphne() {
  static const Server server{
      .name = "daphne",
      .match = {{.comm = "daphne"}, {.cmdline = TIERWATCH_PYTHON R"(daphne(?: |$))"}},
      .children = true,
      .roles = {kStartedProgram, {.name = "main", .kind = kEventWorker}},
      .child_cpu_role = "child",
      .traits = kTraits,
      .listen = {"tcp:8000"}};
  return server;
}

}  // namespace tierwatch::servers
