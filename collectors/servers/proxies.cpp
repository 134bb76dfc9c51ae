// SPDX-License-Identifier: MIT
//
// Proxies of one process with as many threads as it may have processors. Goroutines of Caddy and
// Traefik move between threads; a connection of Envoy stays on the thread that accepted it.
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

Server proxy(const char* name, const char* exe, RoleKind kind, const char* control,
             std::vector<const char*> listen) {
  return {.name = name,
          .match = {{.comm = name}, {.exe = exe}},
          .children = true,
          .roles = {kStartedProgram,
                    {.name = "control", .title = control},
                    {.name = "main", .kind = kind}},
          .child_cpu_role = "child",
          .traits = {},
          .listen = std::move(listen)};
}

}  // namespace

const Server& caddy() {
  static const Server server = proxy(
      "caddy", "*/caddy", kThreaded,
      R"(^\S*caddy (?:adapt|build-info|fmt|hash-password|list-modules|reload|start|stop|trust)"
      R"(|untrust|upgrade|validate|version)( |$))",
      {"tcp:80", "tcp:443"});
  return server;
}

const Server& traefik() {
  static const Server server =
      proxy("traefik", "*/traefik", kThreaded, R"(^\S*traefik (?:healthcheck|version)( |$))",
            {"tcp:80", "tcp:443"});
  return server;
}

const Server& envoy() {
  static const Server server = proxy("envoy", "*/envoy", kEventWorker,
                                     R"( --(?:version|mode validate)( |$))", {"tcp:10000"});
  return server;
}

}  // namespace tierwatch::servers
