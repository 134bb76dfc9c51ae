// SPDX-License-Identifier: MIT
#include "collectors/server_files.h"

#include <algorithm>

#include "collectors/proc_text_process.h"
#include "collectors/server_conf.h"
#include "collectors/text_scan.h"

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

std::optional<std::uint64_t> read_nginx(ForeignFiles& files, const std::string& title) {
  const auto path = nginx_conf_path(title);
  const auto text = path ? files.read(*path) : std::nullopt;
  return text ? nginx_worker_connections(*text) : std::nullopt;
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
  };
  const std::string directory = options["data_directory"];
  const std::string file = options["config_file"];
  if (!file.empty() || !directory.empty())
    add_file(files, file.empty() ? directory + "/postgresql.conf" : file);
  if (files.refused()) return std::nullopt;
  // ALTER SYSTEM's file lies where only Postgres' own user may look: without it, the other's word
  // stands.
  ForeignFiles own(all, pid);
  if (!directory.empty()) add_file(own, directory + "/postgresql.auto.conf");
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
