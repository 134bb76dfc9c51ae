// SPDX-License-Identifier: MIT
#include "collectors/servers/server_files.h"

#include <fnmatch.h>

#include <algorithm>

#include "collectors/servers/nginx_conf.h"
#include "collectors/parse/proc_text_process.h"
#include "collectors/servers/server_conf.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::uint64_t kRedisDefaultClients = 10000;  // config.c
constexpr std::uint64_t kRedisOwnFiles = 32;           // server.h, CONFIG_MIN_RESERVED_FDS
constexpr const char* kRedisFiles[] = {"/etc/redis/redis.conf", "/etc/redis.conf",
                                       "/etc/valkey/valkey.conf"};

/// The texts of a file, or of a directory's .conf files ("/etc/x/conf.d/"), in order of names.
std::vector<std::string> read_included(ForeignFiles& files, const std::string& path) {
  std::vector<std::string> names{path}, texts;
  if (path.ends_with('/')) {
    names.clear();
    for (const std::string& name : files.list(path).value_or(std::vector<std::string>{}))
      if (name.ends_with(".conf")) names.push_back(path + name);
  }
  for (const std::string& name : names)
    if (auto text = files.read(name)) texts.push_back(*std::move(text));
  return texts;
}

/// The files that nginx finds by a pattern: of the last part of a path alone.
std::optional<std::vector<std::string>> read_pattern(ForeignFiles& files, const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = path.substr(0, slash + 1), name = path.substr(slash + 1);
  constexpr const char* kWild = "*?[";
  if (folder.find_first_of(kWild) != std::string::npos) return std::nullopt;
  std::vector<std::string> names{name}, texts;
  if (name.find_first_of(kWild) != std::string::npos) {
    names.clear();
    for (const std::string& one : files.list(folder).value_or(std::vector<std::string>{}))
      if (fnmatch(name.c_str(), one.c_str(), FNM_PERIOD) == 0) names.push_back(one);
  }
  for (const std::string& one : names) {
    auto text = files.read(folder + one);
    if (!text) return std::nullopt;
    texts.push_back(*std::move(text));
  }
  if (files.refused()) return std::nullopt;
  return texts;
}

std::optional<std::uint64_t> read_nginx(ForeignFiles& files, const std::string& title) {
  const auto path = nginx_conf_path(title, files.program());
  const auto text = path ? files.read(*path) : std::nullopt;
  if (!text) return std::nullopt;
  return nginx_worker_connections(*text, [&](const std::string& pattern) {
    const std::string beside = path->substr(0, path->rfind('/') + 1);
    return read_pattern(files, pattern.starts_with('/') ? pattern : beside + pattern);
  });
}

/// Where postgresql.conf lies: -D, else PGDATA. The postmaster goes to its data directory as soon
/// as it starts, so what was relative to where it started is there, or is nowhere.
std::string postgres_directory(ForeignFiles& files, PostgresSettings& options) {
  std::string directory = options["data_directory"];
  if (directory.empty()) directory = files.environment("PGDATA").value_or("");
  if (!directory.empty() && !directory.starts_with('/')) directory = ".";
  return directory;
}

std::optional<std::uint64_t> read_postgres(const ProcFs& all, pid_t pid, ForeignFiles& files,
                                           const std::string& title) {
  PostgresSettings options;
  add_postgres_options(title, options);
  PostgresSettings settings;
  const auto add_file = [&](ForeignFiles& from, const std::string& path) {
    const auto text = from.read(path);
    if (text)
      add_postgres_conf(
          *text, path, [&](const std::string& included) { return read_included(from, included); },
          settings);
    return text.has_value();
  };
  const std::string directory = postgres_directory(files, options);
  const std::string file = options["config_file"];
  const bool read = (!file.empty() || !directory.empty()) &&
                    add_file(files, file.empty() ? directory + "/postgresql.conf" : file);
  if (files.refused() || (!read && !options.contains("max_connections"))) return std::nullopt;
  // ALTER SYSTEM's file lies where only Postgres' own user may look: without it, the other's word
  // stands.
  ForeignFiles own(all, pid);
  std::string data = directory;
  if (const auto moved = settings.find("data_directory"); moved != settings.end())
    data = moved->second;
  if (!data.empty()) add_file(own, data + "/postgresql.auto.conf");
  for (const auto& [name, value] : options) settings[name] = value;
  return postgres_usable_connections(settings);
}

std::optional<std::uint64_t> read_php_fpm(ForeignFiles& files, const std::string& title) {
  const auto path = php_fpm_conf_path(title);
  const auto text = path ? files.read(*path) : std::nullopt;
  if (!text) return std::nullopt;
  const auto most = php_fpm_max_children(
      *text, [&](const std::string& included) { return read_included(files, included); });
  return files.refused() ? std::nullopt : most;
}

/// A file that its pidfile proves to be its own: Redis overwrites its command line, so nothing else
/// tells which one it was given.
std::optional<std::uint64_t> redis_configured(ForeignFiles& files, pid_t pid) {
  for (const char* path : kRedisFiles) {
    const auto text = files.read(path);
    if (!text || redis_setting(*text, "include")) continue;
    const auto pidfile = redis_setting(*text, "pidfile");
    const auto written = pidfile ? files.read(*pidfile) : std::nullopt;
    if (!written || to_number<pid_t>(trim_blanks(*written)) != pid) continue;
    const auto most = redis_setting(*text, "maxclients");
    return most ? to_number<std::uint64_t>(*most) : kRedisDefaultClients;
  }
  return std::nullopt;
}

/// Redis raises its limit of open files to maxclients + 32, or lets fewer clients in.
std::optional<std::uint64_t> read_redis(const ProcFs& all, pid_t pid, ForeignFiles& files) {
  std::string buffer;
  const FileText limits = all.read("proc/" + std::to_string(pid) + "/limits", buffer);
  const auto open_files =
      limits ? parse_limits_fds(limits.text).value_or(std::nullopt) : std::nullopt;
  if (open_files == kRedisDefaultClients + kRedisOwnFiles) return kRedisDefaultClients;
  const auto configured = redis_configured(files, pid);
  if (!configured || !open_files || *open_files <= kRedisOwnFiles) return std::nullopt;
  return std::min(*configured, *open_files - kRedisOwnFiles);
}

void read_haproxy(ForeignFiles& files, const std::string& title, ServerSettingsReading& settings) {
  const auto paths = haproxy_conf_paths(title);
  if (!paths || paths->empty()) return;
  HaproxyLimits limits;
  for (const std::string& path : *paths) {
    const auto text = files.read(path);
    if (!text || !add_haproxy_limits(*text, limits)) return;
  }
  settings.most_clients = limits.global;
  settings.frontend_clients = limits.frontend.value_or(0);
  settings.server_connections = limits.server.value_or(0);
}

}  // namespace

ServerSettingsReading read_server_settings(const ProcFs& files, const ServerProcess& server) {
  ServerSettingsReading settings{.server = server.id};
  ForeignFiles own(files, server.id.pid);
  if (server.preset == "nginx") settings.worker_connections = read_nginx(own, server.title);
  if (server.preset == "php-fpm") settings.most_workers = read_php_fpm(own, server.title);
  if (server.preset == "postgres")
    settings.usable_connections = read_postgres(files, server.id.pid, own, server.title);
  if (server.preset == "redis") settings.most_clients = read_redis(files, server.id.pid, own);
  if (server.preset == "haproxy") read_haproxy(own, server.title, settings);
  return settings;
}

}  // namespace tierwatch
