// SPDX-License-Identifier: MIT
//
// What tierwatch knows of one well-known server, as a value: how its processes are recognised, what
// they do, and its traits. Each server is one file of this folder (or shares one with its like) and
// one line of servers.cpp.
//
// Processes were looked at on Debian 12: nginx 1.22, Apache 2.4, uWSGI 2.0.21, gunicorn 20.1,
// uvicorn 0.17, hypercorn 0.13, daphne 4.0, waitress 2.1, Puma 5.6, Unicorn 6.0, php-fpm 8.2,
// PostgreSQL 15, Redis 7.0, Varnish 7.1, haproxy 2.6, Caddy 2.6, memcached 1.6, celery 5.2,
// node 20. Angie is known by its source; Odyssey, ProxySQL, Valkey, KeyDB, servers on Java,
// RabbitMQ, Traefik and Envoy by what is written of them.
//
// Rules never look for a name just anywhere in a command line: `vim nginx.conf` and `tail -f
// uwsgi.log` are no servers. comm is what the kernel calls the process (15 bytes; programs that set
// their title often overwrite it); exe helps where it may be read (own processes, or
// CAP_SYS_PTRACE).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "collectors/rules/tier_rules.h"
#include "collectors/servers/server_files.h"
#include "collectors/servers/server_signals.h"
#include "collectors/servers/server_traits.h"

namespace tierwatch {

/// One way to recognise a process: all that is set must hold. comm and exe are globs, cmdline a
/// regular expression.
struct MatchRow {
  const char* comm = nullptr;
  const char* exe = nullptr;
  const char* cmdline = nullptr;
};

struct RoleRow {
  const char* name;
  RoleKind kind = RoleKind::kSupport;
  const char* title = nullptr;
  std::optional<bool> joined, parent_in_tier, has_children_in_tier;
  std::uint64_t ignores = 0, catches = 0;  ///< signals, see signal_bit()
};

struct Server {
  const char* name;
  std::vector<MatchRow> match;
  bool children;               ///< do processes they start belong to them?
  std::vector<RoleRow> roles;  ///< the first that fits; the last fits always
  const char* child_cpu_role;  ///< where CPU of children too short-lived to be seen goes
  ServerTraits traits;
  SettingsSource settings = {};  ///< limits that it sets itself
  /// Where it keeps its data; null: it keeps none, or that is not known.
  DataPlaces data_places = nullptr;
  std::vector<const char*> listen;  ///< where Debian, or else the program itself, lets it listen
  std::span<const SignalEffect> signals = {};
};

// Short names for the tables.
inline constexpr RoleKind kSyncWorker = RoleKind::kSyncWorker;
inline constexpr RoleKind kEventWorker = RoleKind::kEventWorker;
inline constexpr RoleKind kThreaded = RoleKind::kThreaded;

constexpr std::uint64_t signal_bit(int number) { return std::uint64_t{1} << (number - 1); }

/// Programs that a server runs (`convert` under uWSGI, an archive_command under Postgres): part of
/// its cost, no worker.
inline constexpr RoleRow kStartedProgram{.name = "child", .joined = true};

/// `python3 -X dev -m NAME`, `/venv/bin/python /venv/bin/NAME`: the interpreter, its options, then
/// the program. A macro, because literals are joined with it.
#define TIERWATCH_PYTHON R"(^(?:\S*/)?python[0-9.]* (?:-[XW] \S+ |-\S+ )*(?:\S*/)?)"

}  // namespace tierwatch
