// SPDX-License-Identifier: MIT
#include <csignal>

#include "collectors/servers/conf/nginx_conf.h"
#include "collectors/servers/conf/nginx_logs.h"
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

/// The text of its configuration, and how what that includes is read.
struct NginxFiles {
  std::string text;
  NginxIncludes included;
};

std::optional<NginxFiles> nginx_files(ForeignFiles& files, const ServerProcess& server) {
  const auto path = nginx_conf_path(server.title, files.program());
  auto text = path ? files.read(*path) : std::nullopt;
  if (!text) return std::nullopt;
  const std::string beside = path->substr(0, path->rfind('/') + 1);
  return NginxFiles{*std::move(text), [&files, beside](const std::string& pattern) {
                      return read_matching(files,
                                           pattern.starts_with('/') ? pattern : beside + pattern);
                    }};
}

void read_nginx_settings(const ProcFs&, ForeignFiles& files, const ServerProcess& server,
                         ServerSettingsReading& settings) {
  const auto conf = nginx_files(files, server);
  if (!conf) return;
  settings.worker_connections = nginx_worker_connections(conf->text, conf->included);
  if (const auto parts = nginx_part_limits(conf->text, conf->included)) {
    settings.part_clients = parts->clients;
    settings.server_connections = parts->upstreams;
    settings.limits_rate = parts->rate;
  }
}

std::optional<AccessLogs> read_access_logs(ForeignFiles& files, const ServerProcess& server) {
  const auto conf = nginx_files(files, server);
  return conf ? nginx_access_logs(conf->text, conf->included) : std::nullopt;
}

constexpr SignalEffect kNginxSignals[] = {
    {SIGHUP, "master",
     "reads its configuration anew: new workers take over, the old ones finish their requests"},
    {SIGUSR1, "", "opens its log files anew, as after their rotation"},
    {SIGUSR2, "master", "starts the program anew beside itself, to upgrade it without a pause"},
    {SIGWINCH, "master", "lets its workers finish their requests and end: nobody serves then"},
    {SIGQUIT, "", "ends when its requests are finished"},
    {SIGTERM, "", "ends at once: requests in progress are cut off"},
    {SIGINT, "", "ends at once: requests in progress are cut off"},
};

/// A new master's word, or the same one's after a reload, makes new workers.
bool is_renewed(std::string_view title) {
  return title.find(": worker process") != std::string_view::npos &&
         title.find(" is shutting down") == std::string_view::npos;
}

}  // namespace

// OpenResty, Angie and Tengine are made of it, and only Angie's titles bear its own name.
const Server& nginx() {
  static const Server server{
      .name = "nginx",
      .match = {{.comm = "nginx"},
                {.comm = "openresty"},
                {.comm = "angie"},
                {.comm = "tengine"},
                {.exe = "*/nginx"},
                {.exe = "*/openresty"},
                {.exe = "*/angie"},
                {.exe = "*/tengine"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "master", .title = "^(?:nginx|angie): master process"},
                {.name = "cache", .title = "^(?:nginx|angie): cache (manager|loader) process"},
                {.name = "agent", .title = "^(?:nginx|angie): privileged agent process"},
                {.name = "control",
                 .title =
                     R"(^\S*(?:nginx|openresty|angie|tengine) (.* )?-[tTsvV]( |$))"},  // nginx -t,
                                                                                       // -s reload
                // Also the single process of `master_process off`, which keeps its command line as
                // title.
                {.name = "worker", .kind = kEventWorker}},
      .child_cpu_role = "worker",
      .traits = {.single_core_processes = true,
                 .connections_option = "worker_connections",
                 .connection_table = true},
      // Without a master (`master_process off`), the process that init started.
      .settings = {.role = "master",
                   .started_by_init = true,
                   .is_renewed = is_renewed,
                   .read = read_nginx_settings,
                   .access_logs = read_access_logs},
      .listen = {"tcp:80", "tcp:443"},
      .signals = kNginxSignals};
  return server;
}

}  // namespace tierwatch::servers
