// SPDX-License-Identifier: MIT
#include <csignal>

#include "collectors/servers/server.h"

namespace tierwatch::servers {

constexpr SignalEffect kGunicornSignals[] = {
    {SIGHUP, "master",
     "reads its configuration anew and replaces its workers, which finish their requests"},
    {SIGUSR1, "", "opens its log files anew, as after their rotation"},
    {SIGUSR2, "master", "starts the program anew beside itself, to upgrade it without a pause"},
    {SIGTTIN, "master", "starts one worker more"},
    {SIGTTOU, "master", "ends one worker"},
    {SIGWINCH, "master",
     "lets its workers finish and end, where it is a daemon: nobody serves then"},
    {SIGTERM, "", "ends when its requests are finished, or its graceful timeout is over"},
    {SIGINT, "", "ends at once: requests in progress are cut off"},
    {SIGQUIT, "", "ends at once: requests in progress are cut off"},
};

// With python3-setproctitle `gunicorn: master [app]` (and comm `gunicorn: maste`), else one and the
// same command line.
const Server& gunicorn() {
  static const Server server{
      .name = "gunicorn",
      .match = {{.comm = "gunicorn"},
                {.comm = "gunicorn3"},
                {.comm = "gunicorn: *"},
                {.cmdline = TIERWATCH_PYTHON R"(gunicorn3?(?:\.\S*)?(?: |$))"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "master", .parent_in_tier = false},
                // Any number of requests at a time in each.
                {.name = "async-worker",
                 .kind = kEventWorker,
                 .title = R"( (-k|--worker-class)[ =]?(\S*[.#])?(gevent|eventlet|tornado|uvicorn)"
                          R"(|Uvicorn|aiohttp|Aiohttp|asyncio|meinheld))"},
                {.name = "worker", .kind = kSyncWorker}},
      .child_cpu_role = "worker",
      .traits = {.single_core_processes = true,
                 .interpreter_lock = true,
                 .main_thread_only_accepts = true,
                 .threads_option = "--threads"},
      .listen = {"unix:/run/gunicorn*", "tcp:8000"},
      .signals = kGunicornSignals};
  return server;
}

}  // namespace tierwatch::servers
