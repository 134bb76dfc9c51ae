// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

// Erlang's virtual machine with RabbitMQ in it; one scheduler thread per core, and many others.
const Server& rabbitmq() {
  static const Server server{.name = "rabbitmq",
                             .match = {{.comm = "beam.smp", .cmdline = " -s rabbit boot( |$)"},
                                       {.comm = "beam", .cmdline = " -s rabbit boot( |$)"}},
                             .children = true,
                             .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
                             .child_cpu_role = "child",
                             .traits = {},
                             .listen = {"tcp:5672", "tcp:5671"}};
  return server;
}

}  // namespace tierwatch::servers
