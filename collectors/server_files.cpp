// SPDX-License-Identifier: MIT
#include "collectors/server_files.h"

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
