// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/haproxy_conf.h"
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

void read_haproxy_settings(const ProcFs&, ForeignFiles& files, const ServerProcess& server,
                           ServerSettingsReading& settings) {
  const auto paths = haproxy_conf_paths(server.title);
  if (!paths || paths->empty()) return;
  HaproxyLimits limits;
  for (const std::string& path : *paths) {
    const auto text = files.read(path);
    if (!text || !add_haproxy_limits(*text, limits)) return;
  }
  settings.most_clients = limits.global;
  settings.part_clients = limits.frontend.value_or(0);
  settings.server_connections = limits.server.value_or(0);
}

}  // namespace

// `haproxy -W`: master and worker show the same title. A worker runs one thread per core unless
// nbthread says less.
const Server& haproxy() {
  static const Server server{
      .name = "haproxy",
      .match = {{.comm = "haproxy"}, {.exe = "*/haproxy"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "master", .parent_in_tier = false, .has_children_in_tier = true},
                {.name = "worker", .kind = kEventWorker}},
      .child_cpu_role = "worker",
      .traits = {.limits_parts = true, .connections_option = "maxconn"},
      .settings = {.read = read_haproxy_settings},
      .listen = {"tcp:80", "tcp:443"}};
  return server;
}

}  // namespace tierwatch::servers
