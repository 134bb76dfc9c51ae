// SPDX-License-Identifier: MIT
//
// What tierwatch knows of well-known servers, as a table. Processes were looked at on Debian 12:
// nginx 1.22, uWSGI 2.0.21, gunicorn 20.1, php-fpm 8.2, PostgreSQL 15, Redis 7.0, haproxy 2.6,
// memcached 1.6, celery 5.2, node 20.
//
// Rules never look for a name just anywhere in a command line: `vim nginx.conf` and `tail -f
// uwsgi.log` are no servers. comm is what the kernel calls the process (15 bytes; programs that set
// their title often overwrite it); exe helps where it may be read (own processes, or
// CAP_SYS_PTRACE).
#include <csignal>
#include <stdexcept>

#include "config/config.h"

namespace tierwatch {
namespace {

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
  std::uint64_t ignores = 0, catches = 0;
};

struct PresetRow {
  const char* name;
  std::vector<MatchRow> match;
  bool children;               ///< do processes they start belong to them?
  std::vector<RoleRow> roles;  ///< the first that fits; the last fits always
  const char* child_cpu_role;  ///< where CPU of children too short-lived to be seen goes
  bool single_core_processes;
  bool titles_tell_state = false;   ///< is the title what it is doing now?
  std::vector<const char*> listen;  ///< where Debian, or else the program itself, lets it listen
};

constexpr RoleKind kSupport = RoleKind::kSupport;
constexpr RoleKind kSyncWorker = RoleKind::kSyncWorker;
constexpr RoleKind kEventWorker = RoleKind::kEventWorker;
constexpr RoleKind kThreaded = RoleKind::kThreaded;

constexpr std::uint64_t signal_bit(int number) { return std::uint64_t{1} << (number - 1); }

/// Programs that a server runs (`convert` under uWSGI, an archive_command under Postgres): part of
/// its cost, no worker.
const RoleRow kStartedProgram{.name = "child", .joined = true};

// `python3 -X dev -m NAME`, `/venv/bin/python /venv/bin/NAME`: the interpreter, its options, then
// the program.
#define PYTHON R"(^(?:\S*/)?python[0-9.]* (?:-[XW] \S+ |-\S+ )*(?:\S*/)?)"

const PresetRow kNginx{
    .name = "nginx",
    .match = {{.comm = "nginx"}, {.exe = "*/nginx"}},
    .children = true,
    .roles =
        {kStartedProgram,
         {.name = "master", .title = "^nginx: master process"},
         {.name = "cache", .title = "^nginx: cache (manager|loader) process"},
         {.name = "agent", .title = "^nginx: privileged agent process"},
         {.name = "control", .title = R"(^\S*nginx (.* )?-[tTsvV]( |$))"},  // nginx -t, -s reload
         // Also the single process of `master_process off`, which keeps its command line as title.
         {.name = "worker", .kind = kEventWorker}},
    .child_cpu_role = "worker",
    .single_core_processes = true,
    .listen = {"tcp:80", "tcp:443"}};

// All processes of a uWSGI show the command line as title unless it runs with --auto-procname. What
// tells them apart without privilege is what they do with signals (SigIgn and SigCgt of
// /proc/PID/status), which --auto-procname,
// --lazy-apps, --die-on-term, --threads and plugins do not change. Seen with uWSGI 2.0.21:
//
//                      HUP      QUIT     USR1     USR2     PIPE     TSTP     URG
//   http, fastrouter   ignores  catches  ignores  ignores  ignores  ignores  -
//   spooler            ignores  -        catches  ignores  ignores  ignores  -
//   mule               catches  catches  ignores  ignores  ignores  ignores  -
//   emperor            catches  catches  catches  -        ignores  -        catches
//   master             catches  catches  catches  -        ignores  catches  -
//   worker             catches  -        catches  catches  catches  catches  -
//   without a master   catches  -        catches  catches  catches  -        -
const PresetRow kUwsgi{
    .name = "uwsgi",
    .match = {{.comm = "uwsgi"},
              {.comm = "uwsgi-core"},
              {.comm = "uwsgi_python*"},
              {.comm = "uwsgi_psgi*"},
              {.comm = "uwsgi_rack*"},
              {.comm = "uwsgi_php*"},
              {.comm = "uwsgi_lua*"},
              {.comm = "pyuwsgi"},
              {.exe = "*/uwsgi"},
              {.exe = "*/uwsgi-core"}},
    .children = true,
    .roles = {kStartedProgram,
              // The other gateways (fastrouter, rawrouter, sslrouter) look the same and are rare.
              {.name = "http-router",
               .kind = kEventWorker,
               .ignores = signal_bit(SIGHUP) | signal_bit(SIGUSR1)},
              {.name = "mule", .ignores = signal_bit(SIGUSR1)},
              {.name = "spooler", .ignores = signal_bit(SIGHUP)},
              {.name = "emperor", .catches = signal_bit(SIGURG)},
              {.name = "master",
               .ignores = signal_bit(SIGPIPE),
               .catches = signal_bit(SIGTSTP) | signal_bit(SIGQUIT)},
              {.name = "worker", .kind = kSyncWorker}},
    .child_cpu_role = "worker",
    .single_core_processes = true,
    .listen = {"unix:/run/uwsgi/*", "tcp:3031"}};

// With python3-setproctitle `gunicorn: master [app]` (and comm `gunicorn: maste`), else one and the
// same command line.
const PresetRow kGunicorn{
    .name = "gunicorn",
    .match = {{.comm = "gunicorn*"}, {.cmdline = PYTHON R"(gunicorn3?(?:\.\S*)?(?: |$))"}},
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
    .single_core_processes = true,
    .listen = {"unix:/run/gunicorn*", "tcp:8000"}};

// `php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)`, `php-fpm: pool www`.
const PresetRow kPhpFpm{.name = "php-fpm",
                        .match = {{.comm = "php-fpm*"}, {.exe = "*/php-fpm*"}},
                        .children = true,
                        .roles = {kStartedProgram,
                                  {.name = "master", .parent_in_tier = false},
                                  {.name = "worker", .kind = kSyncWorker}},
                        .child_cpu_role = "worker",
                        .single_core_processes = true,
                        .listen = {"unix:/run/php/*", "tcp:9000"}};

// `postgres: [CLUSTER: ]checkpointer `, `postgres: [CLUSTER: ]USER DATABASE HOST(PORT) ACTIVITY`
// (or `[local]`); up to 9.6 `writer process`, `wal writer process`. The postmaster keeps its
// command line.
#define POSTGRES "^postgres: (?:.*: )?"
const PresetRow kPostgres{
    .name = "postgres",
    .match = {{.comm = "postgres"}, {.comm = "postmaster"}, {.exe = "*/postgresql/*/bin/postgres"}},
    .children = true,
    .roles = {kStartedProgram,
              {.name = "checkpointer", .title = POSTGRES "checkpointer(?: process)? *$"},
              {.name = "background-writer",
               .title = POSTGRES "(?:background writer|writer process) *$"},
              {.name = "walwriter", .title = POSTGRES "(?:walwriter|wal writer process) *$"},
              {.name = "autovacuum", .title = POSTGRES "autovacuum (?:launcher|worker)"},
              {.name = "walsender", .title = POSTGRES "(?:walsender|wal sender process) "},
              {.name = "walreceiver", .title = POSTGRES "(?:walreceiver|wal receiver process)"},
              {.name = "archiver",
               .title = POSTGRES "archiver(?: process)?(?: last| archiving| failed| *$)"},
              {.name = "startup",
               .title = POSTGRES "startup(?: process)?(?: recovering| waiting| *$)"},
              {.name = "stats-collector", .title = POSTGRES "stats collector(?: process)? *$"},
              {.name = "logger", .title = POSTGRES "logger(?: process)? *$"},
              {.name = "logical-replication", .title = POSTGRES "logical replication "},
              // Works for one backend's query on a core of its own.
              {.name = "parallel-worker",
               .kind = kSyncWorker,
               .title = POSTGRES "parallel worker for PID"},
              // Only backends have a client, shown as [local] or HOST(PORT): the rest are
              // extensions' workers.
              {.name = "background-worker", .title = R"(^postgres: [^(\[]*$)"},
              {.name = "postmaster", .parent_in_tier = false},
              // Also a child so young that it still shows the postmaster's title.
              {.name = "backend", .kind = kSyncWorker}},
    .child_cpu_role = "backend",
    .single_core_processes = true,
    .titles_tell_state = true,
    .listen = {"unix:/run/postgresql/.s.PGSQL.543?", "tcp:5432"}};

const PresetRow kPgbouncer{.name = "pgbouncer",
                           .match = {{.comm = "pgbouncer"}, {.exe = "*/pgbouncer"}},
                           .children = true,
                           .roles = {kStartedProgram, {.name = "main", .kind = kEventWorker}},
                           .child_cpu_role = "child",
                           .single_core_processes = true,
                           .listen = {"unix:/run/postgresql/.s.PGSQL.6432", "tcp:6432"}};

// `redis-server 127.0.0.1:6379`; forks are `redis-rdb-bgsave 127.0.0.1:6379`, `redis-rdb-to-slaves
// …`, `redis-aof-rewrite …`. exe says nothing: Debian's redis-server is a link to redis-check-rdb.
const PresetRow kRedis{
    .name = "redis",
    .match = {{.comm = "redis-server"}, {.comm = "redis-sentinel"}, {.comm = "valkey-server"}},
    .children = true,
    .roles = {kStartedProgram,
              {.name = "sentinel", .title = R"(\[sentinel\] *$)"},
              {.name = "aof-rewrite", .title = "^redis-aof-rewrite "},
              {.name = "bgsave", .parent_in_tier = true},
              {.name = "main", .kind = kEventWorker}},
    .child_cpu_role = "bgsave",
    .single_core_processes = true,
    .listen = {"tcp:6379", "unix:/run/redis/*"}};

const PresetRow kMemcached{.name = "memcached",
                           .match = {{.comm = "memcached"}, {.exe = "*/memcached"}},
                           .children = true,
                           .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
                           .child_cpu_role = "child",
                           .single_core_processes = false,
                           .listen = {"tcp:11211", "unix:/run/memcached/*"}};

const PresetRow kMysql{
    .name = "mysql",
    .match = {{.comm = "mysqld"}, {.comm = "mariadbd"}, {.exe = "*/mysqld"}, {.exe = "*/mariadbd"}},
    .children = true,
    .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
    .child_cpu_role = "child",
    .single_core_processes = false,
    .listen = {"tcp:3306", "unix:/run/mysqld/*"}};

const PresetRow kMongodb{
    .name = "mongodb",
    .match = {{.comm = "mongod"}, {.comm = "mongos"}, {.exe = "*/mongod"}, {.exe = "*/mongos"}},
    .children = true,
    .roles = {kStartedProgram,
              {.name = "router", .kind = kThreaded, .title = R"(^(\S*/)?mongos( |$))"},
              {.name = "main", .kind = kThreaded}},
    .child_cpu_role = "child",
    .single_core_processes = false,
    .listen = {"tcp:27017", "unix:/tmp/mongodb-*.sock"}};

// Newer node calls its main thread, and so the process, `MainThread` or `node-MainThread`;
// process.title changes comm and command line. Programs started by node do not join: an editor's
// server on node starts its user's whole shell.
const PresetRow kNode{.name = "node",
                      .match = {{.comm = "node"},
                                {.comm = "nodejs"},
                                {.exe = "*/node"},
                                {.exe = "*/nodejs"},
                                {.cmdline = R"(^(\S*/)?node(js)?( |$))"}},
                      .children = false,
                      .roles = {{.name = "launcher", .title = "^(npm|npx|yarn|pnpm|PM2)( |$)"},
                                {.name = "worker", .kind = kEventWorker, .parent_in_tier = true},
                                {.name = "main", .kind = kEventWorker}},
                      .child_cpu_role = "worker",
                      .single_core_processes = true,
                      .listen = {"tcp:3000"}};

// `haproxy -W`: master and worker show the same title. A worker runs one thread per core unless
// nbthread says less.
const PresetRow kHaproxy{
    .name = "haproxy",
    .match = {{.comm = "haproxy"}, {.exe = "*/haproxy"}},
    .children = true,
    .roles = {kStartedProgram,
              {.name = "master", .parent_in_tier = false, .has_children_in_tier = true},
              {.name = "worker", .kind = kEventWorker}},
    .child_cpu_role = "worker",
    .single_core_processes = false,
    .listen = {"tcp:80", "tcp:443"}};

// With python3-setproctitle `[celeryd: celery@host:MainProcess] -active- (…)`, `[celeryd:
// celery@host:ForkPoolWorker-1]` and `[celery beat] …` (and comm cut from it). `celery inspect` and
// the like are clients.
const PresetRow kCelery{
    .name = "celery",
    .match = {{.comm = "celery*", .cmdline = "celery (.* )?(worker|beat)( |$)"},
              {.cmdline = R"(^\[celery(d: | beat\]))"},
              {.cmdline = PYTHON R"(celery (.* )?(worker|beat)( |$))"}},
    .children = true,
    .roles = {kStartedProgram,
              {.name = "beat", .title = R"(^\[celery beat\]| beat( |$))"},
              {.name = "main", .parent_in_tier = false, .has_children_in_tier = true},
              // Also the only process of `--pool solo` and `--pool threads`.
              {.name = "worker", .kind = kSyncWorker}},
    .child_cpu_role = "worker",
    .single_core_processes = true,
    .listen = {}};

#undef PYTHON
#undef POSTGRES

const PresetRow* const kPresets[] = {&kNginx,     &kUwsgi,   &kGunicorn,  &kPhpFpm, &kPostgres,
                                     &kPgbouncer, &kRedis,   &kMemcached, &kMysql,  &kMongodb,
                                     &kNode,      &kHaproxy, &kCelery};

MatchRule make_match(const MatchRow& row) {
  MatchRule rule;
  if (row.comm) rule.comm = Glob(row.comm);
  if (row.exe) rule.exe = Glob(row.exe);
  if (row.cmdline) rule.cmdline = Pattern(row.cmdline);
  return rule;
}

RoleRule make_role(const RoleRow& row) {
  RoleRule role{.name = row.name,
                .kind = row.kind,
                .parent_in_tier = row.parent_in_tier,
                .has_children_in_tier = row.has_children_in_tier,
                .ignores_signals = row.ignores,
                .catches_signals = row.catches,
                .joined = row.joined};
  if (row.title) role.title = Pattern(row.title);
  return role;
}

TierRule make_tier(const PresetRow& row) {
  TierRule tier{.name = row.name,
                .preset = row.name,
                .children = row.children,
                .single_core_processes = row.single_core_processes,
                .titles_tell_state = row.titles_tell_state,
                .listen = {row.listen.begin(), row.listen.end()},
                .path = "built-in preset"};
  for (const MatchRow& match : row.match) tier.match.push_back(make_match(match));
  for (const RoleRow& role : row.roles) {
    if (std::string_view(role.name) == row.child_cpu_role) {
      tier.child_cpu_role = static_cast<std::uint16_t>(tier.roles.size());
    }
    tier.roles.push_back(make_role(role));
  }
  return tier;
}

}  // namespace

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const PresetRow* row : kPresets) names.emplace_back(row->name);
  return names;
}

TierRule preset(std::string_view name) {
  for (const PresetRow* row : kPresets) {
    if (name == row->name) return make_tier(*row);
  }
  throw std::out_of_range("unknown preset \"" + std::string(name) + "\"");
}

Config default_config() {
  Config config;
  for (const PresetRow* row : kPresets) {
    config.rules.tiers.push_back(make_tier(*row));
    config.rules.tiers.back().implicit = true;
  }
  return config;
}

}  // namespace tierwatch
