// SPDX-License-Identifier: MIT
#include <cmath>

#include <csignal>

#include "collectors/servers/conf/postgres_conf.h"
#include "collectors/servers/server.h"
#include "collectors/text/text_scan.h"

namespace tierwatch::servers {

namespace {

/// What stands after the client: "[local] " or "HOST(PORT) ". User and database names may hold
/// anything, so the last client-like word counts.
std::string_view activity(std::string_view title) {
  const auto local = title.rfind("[local]");
  if (local != std::string_view::npos) return title.substr(local + 7);
  const auto port = title.rfind(')');
  if (port == std::string_view::npos) return {};
  // "idle in transaction (aborted)" ends with a bracket of its own.
  const auto before = title.substr(0, port).rfind('(');
  if (before != std::string_view::npos && before > 0 && title[before - 1] == ' ')
    return activity(title.substr(0, before));
  return title.substr(port + 1);
}

/// Of "postgres: 15/main: shop shopdb 127.0.0.1(45678) UPDATE waiting" and the like (ps_status.c,
/// set_ps_display()).
BackendState backend_state(std::string_view title) {
  if (!title.starts_with("postgres: ")) return BackendState::kStarting;  // still the postmaster's
  std::string_view words = activity(title);
  while (words.starts_with(' ')) words.remove_prefix(1);
  while (words.ends_with(' ')) words.remove_suffix(1);
  if (words.empty()) return BackendState::kSilent;
  if (words.starts_with("idle in transaction")) return BackendState::kIdleInTransaction;
  if (words == "idle") return BackendState::kIdle;
  if (words == "initializing" || words == "authentication" || words == "startup")
    return BackendState::kStarting;
  return words.ends_with(" waiting") ? BackendState::kWaiting : BackendState::kActive;
}

/// The last client-like word, as in activity().
std::optional<TitleClient> client_in_title(std::string_view title) {
  if (!title.starts_with("postgres: ")) return std::nullopt;
  const auto close = title.rfind(')');
  const auto open = title.substr(0, close).rfind('(');
  if (close == std::string_view::npos || open == std::string_view::npos || open == 0)
    return std::nullopt;
  const std::string_view before = title.substr(0, open);
  if (before.ends_with(' ')) return client_in_title(before);
  const auto port = to_number<std::uint16_t>(title.substr(open + 1, close - open - 1));
  if (!port) return std::nullopt;
  return TitleClient{before.substr(before.rfind(' ') + 1), *port};
}

/// PostgreSQL listens with a backlog of 2 × MaxBackends (pqcomm.c) up to version 15; newer ones
/// count otherwise. Of these autovacuum_max_workers + 1 + max_worker_processes + max_wal_senders
/// are its own (InitializeMaxBackends(), postinit.c: 22 by default) and 3 are reserved for
/// superusers. An estimate: prefer the configuration. Absent when the host cut the backlog or it is
/// too small.
std::optional<double> connections_by_backlog(std::string_view title, double queue_limit,
                                             double somaxconn) {
  constexpr std::string_view kDirectory = "/postgresql/";
  constexpr double kOwnBackends = 22, kReserved = 3;
  const auto at = title.find(kDirectory);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view version = title.substr(at + kDirectory.size(), 3);
  if (version != "15/" && version != "14/" && version != "13/") return std::nullopt;
  const double usable = std::floor(queue_limit / 2) - kOwnBackends - kReserved;
  if (queue_limit >= somaxconn || usable < 1) return std::nullopt;
  return usable;
}

/// Where postgresql.conf lies: -D, else PGDATA. The postmaster goes to its data directory as soon
/// as it starts, so what was relative to where it started is there, or is nowhere.
std::string data_directory(ForeignFiles& files, PostgresSettings& options) {
  std::string directory = options["data_directory"];
  if (directory.empty()) directory = files.environment("PGDATA").value_or("");
  if (!directory.empty() && !directory.starts_with('/')) directory = ".";
  return directory;
}

/// False when the file is not there, or may not be read.
bool add_file(ForeignFiles& files, const std::string& path, PostgresSettings& settings) {
  const auto text = files.read(path);
  if (!text) return false;
  add_postgres_conf(
      *text, path, [&](const std::string& included) { return read_conf_files(files, included); },
      settings);
  return true;
}

void read_postgres_settings(const ProcFs&, ForeignFiles& files, const ServerProcess& server,
                            ServerSettingsReading& reading) {
  PostgresSettings options, settings;
  add_postgres_options(server.title, options);
  const std::string directory = data_directory(files, options);
  const std::string file = options["config_file"];
  const bool read = (!file.empty() || !directory.empty()) &&
                    add_file(files, file.empty() ? directory + "/postgresql.conf" : file, settings);
  if (files.refused() || (!read && !options.contains("max_connections"))) return;
  // ALTER SYSTEM's file lies where only Postgres' own user may look: without it, the other's word
  // stands.
  std::string data = directory;
  if (const auto moved = settings.find("data_directory"); moved != settings.end())
    data = moved->second;
  const bool overridden =
      !data.empty() && add_file(files, data + "/postgresql.auto.conf", settings);
  reading.overrides_hidden =
      !overridden && (data.empty() || files.refused()) && !options.contains("max_connections");
  for (const auto& [name, value] : options) settings[name] = value;
  reading.usable_connections = postgres_usable_connections(settings);
}

/// Its write-ahead log and its tablespaces may lie elsewhere. Its working directory is the data
/// directory; where it may not be looked into, the command line tells it.
std::vector<std::string> data_places(ForeignFiles& files, const ServerProcess& server) {
  constexpr std::size_t kMostTablespaces = 16;
  PostgresSettings options;
  add_postgres_options(server.title, options);
  std::vector<std::string> places{".", "pg_wal"};
  if (const auto spaces = files.list("pg_tblspc"))
    for (const std::string& name : *spaces)
      if (places.size() < kMostTablespaces) places.push_back("pg_tblspc/" + name);
  if (const std::string& directory = options["data_directory"]; directory.starts_with('/'))
    places.push_back(directory);
  return places;
}

}  // namespace

// `postgres: [CLUSTER: ]checkpointer `, `postgres: [CLUSTER: ]USER DATABASE HOST(PORT) ACTIVITY`
// (or `[local]`); up to 9.6 `writer process`, `wal writer process`. The postmaster keeps its
// command line.
#define POSTGRES "^postgres: (?:.*: )?"
constexpr SignalEffect kPostgresSignals[] = {
    {SIGHUP, "", "reads its configuration anew"},
    {SIGTERM, "postmaster", "shuts down when all clients have gone; lets no new ones in (smart)"},
    {SIGINT, "postmaster", "shuts down now: what clients have not committed is rolled back (fast)"},
    {SIGQUIT, "postmaster",
     "ends without a shutdown, and recovers from its log when it starts again (immediate)"},
    {SIGINT, "backend", "cancels the statement that runs; the client stays connected"},
    {SIGTERM, "backend", "rolls back and ends this connection"},
    {SIGQUIT, "backend",
     "ends without cleaning up, so that the server ends all connections and recovers"},
    {SIGKILL, "",
     "ends at once, so that the server ends all connections and recovers from its log"},
};

const Server& postgres() {
  static const Server server{
      .name = "postgres",
      .match = {{.comm = "postgres"},
                {.comm = "postmaster"},
                {.comm = "edb-postgres"},  // EDB's; other forks keep the name
                {.exe = "*/postgresql/*/bin/postgres"}},
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
      .traits = {.single_core_processes = true,
                 .titles_tell_state = true,
                 .statements_in_memory = true,
                 .connection_role = "backend",
                 .replication_role = "walsender",
                 .backend_state = backend_state,
                 .client_in_title = client_in_title,
                 .connections_by_backlog = connections_by_backlog},
      .settings = {.role = "postmaster", .read = read_postgres_settings},
      .data_places = data_places,
      .listen = {"unix:/run/postgresql/.s.PGSQL.543?", "tcp:5432"},
      .signals = kPostgresSignals};
  return server;
}

}  // namespace tierwatch::servers
