// SPDX-License-Identifier: MIT
//
// A web stack as sockets and processes of literals: nginx (0) → uWSGI (1) → Postgres (2).
#pragma once

#include <string>
#include <vector>

#include "collectors/rules/tier_rules.h"
#include "collectors/sockets/reading/sock_diag.h"
#include "tests/support/fake_proc.h"

namespace tierwatch {

inline constexpr std::uint16_t kNginx = 0, kUwsgi = 1, kPostgres = 2;
inline constexpr uid_t kRoot = 0, kWwwData = 33, kPostgresUser = 104, kSomebody = 1000;

inline TierRules stack_rules() {
  TierRules rules;
  rules.tiers = {{.name = "nginx", .listen = {"tcp:80"}},
                 {.name = "uwsgi", .listen = {"unix:/run/uwsgi/*"}},
                 {.name = "postgres", .listen = {"tcp:5432"}}};
  for (TierRule& tier : rules.tiers)
    tier.roles = {{.name = "worker", .kind = RoleKind::kSyncWorker}, {.name = "support"}};
  rules.tiers[kNginx].roles[0].kind = RoleKind::kEventWorker;
  return rules;
}

inline ProcessReading stack_process(pid_t pid, std::optional<std::uint16_t> tier, uid_t uid,
                                    std::string cgroup = "/") {
  ProcessReading process{.id = {.pid = pid, .started = std::chrono::seconds(pid)}, .uid = uid};
  if (tier) {
    process.member = Membership{.tier = *tier};
    process.cgroup = std::move(cgroup);
  }
  return process;
}

/// proc/PID/fd/N → socket:[INODE]
inline void hold_socket(const FakeProc& fake, pid_t pid, int fd, std::uint64_t inode) {
  fake.link("proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd),
            "socket:[" + std::to_string(inode) + "]");
}

inline Endpoint endpoint(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d,
                         std::uint16_t port) {
  Endpoint end{.port = port};
  end.address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
  return end;
}
inline Endpoint local(std::uint16_t port) { return endpoint(127, 0, 0, 1, port); }

}  // namespace tierwatch
