// SPDX-License-Identifier: MIT
//
// Between applications and databases: few connections to these for many from those.
#include "collectors/servers/server.h"
#include "collectors/text/text_scan.h"

namespace tierwatch::servers {

namespace {

constexpr std::uint64_t kPoolerClients = 100;  // pgbouncer: main.c

/// The only word of its command line that is no option: `-u USER` alone has a value. Absent where
/// there are more: a path with blanks.
std::optional<std::string> pgbouncer_file(std::string_view title) {
  std::optional<std::string> file;
  take_field(title);  // the program
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    if (word == "-u" || word == "--user") take_field(title);
    if (word.empty() || word.starts_with('-')) continue;
    if (file) return std::nullopt;
    file = std::string(word);
  }
  return file;
}

/// max_client_conn, the last one, in the section of its own; what another file says is not known.
void read_pgbouncer(const ProcFs&, ForeignFiles& files, const ServerProcess& server,
                    ServerSettingsReading& settings) {
  const auto path = pgbouncer_file(server.title);
  const auto text = path ? files.read(*path) : std::nullopt;
  if (!text) return;
  std::optional<std::uint64_t> most = kPoolerClients;
  bool own = false;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = trim_blanks(take_until(rest, '\n'));
    if (line.starts_with("%include")) return;
    if (line.starts_with('[')) own = line.starts_with("[pgbouncer]");
    const auto equals = line.find('=');
    if (!own || equals == std::string_view::npos) continue;
    if (trim_blanks(line.substr(0, equals)) == "max_client_conn")
      most = to_number<std::uint64_t>(trim_blanks(line.substr(equals + 1)));
  }
  settings.most_clients = most;
}

}  // namespace

const Server& pgbouncer() {
  static const Server server{.name = "pgbouncer",
                             .match = {{.comm = "pgbouncer"}, {.exe = "*/pgbouncer"}},
                             .children = true,
                             .roles = {kStartedProgram, {.name = "main", .kind = kEventWorker}},
                             .child_cpu_role = "child",
                             .traits = {.single_core_processes = true,
                                        .only_pools = true,
                                        .connections_option = "max_client_conn"},
                             .settings = {.read = read_pgbouncer},
                             .listen = {"unix:/run/postgresql/.s.PGSQL.6432", "tcp:6432"}};
  return server;
}

// A pooler for Postgres with several event loops (`workers` in its file).
const Server& odyssey() {
  static const Server server{.name = "odyssey",
                             .match = {{.comm = "odyssey"}, {.exe = "*/odyssey"}},
                             .children = true,
                             .roles = {kStartedProgram, {.name = "main", .kind = kEventWorker}},
                             .child_cpu_role = "child",
                             .traits = {.only_pools = true},
                             .listen = {"tcp:6432"}};
  return server;
}

// An angel process that starts it anew, and the one that serves; `-f` runs it without the angel.
const Server& proxysql() {
  static const Server server{
      .name = "proxysql",
      .match = {{.comm = "proxysql"}, {.exe = "*/proxysql"}},
      .children = true,
      .roles = {kStartedProgram,
                {.name = "angel", .parent_in_tier = false, .has_children_in_tier = true},
                {.name = "main", .kind = kThreaded}},
      .child_cpu_role = "child",
      .traits = {.only_pools = true},
      .listen = {"tcp:6033"}};
  return server;
}

}  // namespace tierwatch::servers
