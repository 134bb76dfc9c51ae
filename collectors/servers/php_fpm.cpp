// SPDX-License-Identifier: MIT
#include "collectors/servers/server.h"

namespace tierwatch::servers {

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
                             .listen = {"unix:/run/php/*", "tcp:9000"}};
  return server;
}

}  // namespace tierwatch::servers
