// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

// Both processes show one command line; the child that serves calls itself `cache-main`. Of its
// threads (200 to 10,000 of them in Varnish 7.1) each serves a request, and idle connections wait
// aside.
const Server& varnish() {
  static const Server server{.name = "varnish",
                             .match = {{.comm = "varnishd"},
                                       {.comm = "cache-main", .cmdline = R"(^\S*varnishd )"},
                                       {.exe = "*/varnishd"}},
                             .children = true,
                             .roles = {kStartedProgram,
                                       {.name = "cache", .kind = kThreaded, .parent_in_tier = true},
                                       {.name = "manager"}},
                             .child_cpu_role = "child",
                             .traits = {},
                             .listen = {"tcp:6081", "tcp:80"}};
  return server;
}

}  // namespace tierwatch::servers
