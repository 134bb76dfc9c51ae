// SPDX-License-Identifier: MIT
#include "collectors/server_files.h"

#include <fnmatch.h>

#include "collectors/nginx_conf.h"
#include "collectors/server_conf.h"

namespace tierwatch {
namespace {

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

}  // namespace

ServerSettingsReading read_server_settings(const ProcFs& files, const ServerProcess& server) {
  ServerSettingsReading settings{.server = server.id};
  ForeignFiles own(files, server.id.pid);
  if (server.preset == "nginx") settings.worker_connections = read_nginx(own, server.title);
  if (server.preset == "php-fpm") settings.most_workers = read_php_fpm(own, server.title);
  if (server.preset == "postgres")
    settings.usable_connections = read_postgres(files, server.id.pid, own, server.title);
  return settings;
}

}  // namespace tierwatch
