// SPDX-License-Identifier: MIT
#include <csignal>

#include "collectors/servers/conf/php_fpm_conf.h"
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

void read_php_fpm_settings(const ProcFs&, ForeignFiles& files, const ServerProcess& server,
                           ServerSettingsReading& settings) {
  const auto path = php_fpm_conf_path(server.title);
  const auto text = path ? files.read(*path) : std::nullopt;
  if (!text) return;
  const auto most = php_fpm_max_children(
      *text, [&](const std::string& included) { return read_conf_files(files, included); });
  if (!files.refused()) settings.most_workers = most;
}

}  // namespace

constexpr SignalEffect kPhpFpmSignals[] = {
    {SIGUSR1, "master", "opens its log files anew, as after their rotation"},
    {SIGUSR2, "master", "reads its configuration anew and replaces all of its workers"},
    {SIGQUIT, "", "ends when its requests are finished"},
    {SIGTERM, "", "ends at once: requests in progress are cut off"},
    {SIGINT, "", "ends at once: requests in progress are cut off"},
};

// `php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)`, `php-fpm: pool www`.
const Server& php_fpm() {
  static const Server server{.name = "php-fpm",
                             // php-fpm8.2 and php-fpm82, not php-fpm_exporter.
                             .match = {{.comm = "php-fpm"},
                                       {.comm = "php-fpm[0-9]*"},
                                       {.exe = "*/php-fpm"},
                                       {.exe = "*/php-fpm[0-9]*"}},
                             .children = true,
                             .roles = {kStartedProgram,
                                       {.name = "master", .parent_in_tier = false},
                                       {.name = "worker", .kind = kSyncWorker}},
                             .child_cpu_role = "worker",
                             .traits = {.single_core_processes = true,
                                        .workers_started_on_demand = true,
                                        .pools_by_title = true},
                             .settings = {.role = "master", .read = read_php_fpm_settings},
                             // /run/php/ of Debian, /run/php-fpm/ of Fedora, /run/php8.2-fpm.sock.
                             .listen = {"unix:/run/php*", "tcp:9000"},
                             .signals = kPhpFpmSignals};
  return server;
}

}  // namespace tierwatch::servers
