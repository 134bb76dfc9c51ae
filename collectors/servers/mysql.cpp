// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/mysql_conf.h"
#include "collectors/servers/server.h"

namespace tierwatch::servers {

namespace {

// Debian's order; both programs read ~/.my.cnf, too, of a user who has no home.
constexpr const char* kFiles[] = {"/etc/my.cnf", "/etc/mysql/my.cnf"};

std::optional<std::vector<std::string>> included(ForeignFiles& files, const std::string& path) {
  return read_matching(files, path.ends_with('/') ? path + "*.cnf" : path);
}

/// False when a file that must be there is not, or what it says is not known.
bool add_file(ForeignFiles& files, const std::string& path, bool must_be_there,
              MysqlLimits& limits) {
  const auto text = files.read(path);
  if (!text) return !must_be_there && !files.refused();
  return add_mysql_conf(
      *text, [&](const std::string& other) { return included(files, other); }, limits);
}

void read_settings(const ProcFs&, ForeignFiles& files, const ServerProcess& server,
                   ServerSettingsReading& settings) {
  const MysqlFiles named = mysql_files(server.title);
  MysqlLimits limits;
  bool known = true;
  if (!named.only)
    for (const char* path : kFiles) known = known && add_file(files, path, false, limits);
  else if (!named.only->empty())
    known = add_file(files, *named.only, true, limits);
  if (named.more) known = known && add_file(files, *named.more, true, limits);
  if (known && add_mysql_options(server.title, limits)) settings.most_clients = limits.connections;
  if (known && limits.of_a_user > 0) settings.part_clients = limits.of_a_user;
}

}  // namespace

const Server& mysql() {
  static const Server server{
      .name = "mysql",
      .match = {{.comm = "mysqld"},
                {.comm = "mariadbd"},
                {.exe = "*/mysqld"},
                {.exe = "*/mariadbd"}},
      .children = true,
      .roles = {kStartedProgram, {.name = "main", .kind = kThreaded}},
      .child_cpu_role = "child",
      .traits = {.fewest_clients = 20, .connections_option = "max_connections"},
      .settings = {.read = read_settings},
      .data_places = working_directory,
      .listen = {"tcp:3306", "unix:/run/mysqld/*"}};
  return server;
}

}  // namespace tierwatch::servers
