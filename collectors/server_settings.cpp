// SPDX-License-Identifier: MIT
#include "collectors/server_settings.h"

#include <algorithm>

#include "collectors/text_scan.h"

namespace tierwatch {
namespace {

/// The one that reads the configuration and starts the others.
bool is_first_of_server(const TierRule& rule, const ProcessReading& process) {
  const std::string& role = rule.roles[process.member->role].name;
  if (rule.preset == "php-fpm") return role == "master";
  if (rule.preset == "nginx") return role == "master" || process.parent_pid <= 1;
  return rule.preset == "postgres" && role == "postmaster";
}

}  // namespace

const std::vector<ServerSettingsReading>& ServerSettings::collect(
    nanoseconds now, const TierRules& rules, std::span<const ProcessReading> processes) {
  std::vector<ProcessId> servers;
  for (const ProcessReading& process : processes)
    if (process.member && is_first_of_server(rules.tiers[process.member->tier], process))
      servers.push_back(process.id);
  if (now < due_ && servers == servers_) return found_;
  due_ = now + kRefreshInterval;
  servers_ = std::move(servers);
  read_all(rules, processes);
  return found_;
}

void ServerSettings::read_all(const TierRules& rules, std::span<const ProcessReading> processes) {
  const FileText text = files_.read("proc/sys/net/core/somaxconn", buffer_);
  somaxconn_ = text ? to_number<std::uint64_t>(trim_blanks(text.text)) : std::nullopt;
  found_.clear();
  for (const ProcessReading& process : processes) {
    if (!std::ranges::binary_search(servers_, process.id)) continue;
    const std::uint16_t tier = process.member->tier;
    const auto known = std::ranges::find(found_, tier, &ServerSettingsReading::tier);
    ServerSettingsReading settings{.tier = tier};
    if (known == found_.end()) read_server(rules.tiers[tier].preset, process, settings);
    if (settings != ServerSettingsReading{.tier = tier}) found_.push_back(settings);
  }
}

void ServerSettings::read_server(const std::string& preset, const ProcessReading& process,
                                 ServerSettingsReading& settings) {
  if (preset == "postgres") {
    settings.usable_connections = read_postgres(process);
    return;
  }
  if (preset == "php-fpm") {
    settings.most_workers = read_php_fpm(process);
    return;
  }
  const auto path = nginx_conf_path(process.title);
  const auto text = path ? read_file(process.id.pid, *path) : std::nullopt;
  if (text) settings.worker_connections = nginx_worker_connections(*text);
}

std::optional<std::uint64_t> ServerSettings::read_postgres(const ProcessReading& process) {
  const pid_t pid = process.id.pid;
  PostgresSettings options;
  add_postgres_options(process.title, options);
  PostgresSettings settings;
  const auto add_file = [&](const std::string& path) {
    const auto text = read_file(pid, path);
    if (text)
      add_postgres_conf(
          *text, path, [&](const std::string& included) { return read_included(pid, included); },
          settings);
  };
  const std::string directory = options["data_directory"];
  const std::string file = options["config_file"];
  if (!file.empty() || !directory.empty())
    add_file(file.empty() ? directory + "/postgresql.conf" : file);
  if (!directory.empty()) add_file(directory + "/postgresql.auto.conf");
  for (const auto& [name, value] : options) settings[name] = value;
  return postgres_usable_connections(settings);
}

std::optional<std::uint64_t> ServerSettings::read_php_fpm(const ProcessReading& process) {
  const auto path = php_fpm_conf_path(process.title);
  const auto text = path ? read_file(process.id.pid, *path) : std::nullopt;
  if (!text) return std::nullopt;
  return php_fpm_max_children(
      *text, [&](const std::string& included) { return read_included(process.id.pid, included); });
}

/// As the server sees it where we may look into its root, else as we do.
std::optional<std::string> ServerSettings::read_file(pid_t pid, const std::string& path) {
  if (!path.starts_with('/')) return std::nullopt;
  const std::string root = "proc/" + std::to_string(pid) + "/root";
  FileText text = files_.read(root + path, buffer_);
  if (text.fault == Fault::kDenied) text = files_.read(path.substr(1), buffer_);
  if (!text) return std::nullopt;
  return std::string(text.text);
}

std::vector<std::string> ServerSettings::read_included(pid_t pid, const std::string& path) {
  std::vector<std::string> names{path};
  if (path.ends_with('/')) {
    names.clear();
    Fault why{};
    const std::string root = "proc/" + std::to_string(pid) + "/root";
    auto found = files_.list((root + path).c_str(), why);
    if (!found && why == Fault::kDenied) found = files_.list(path.substr(1).c_str(), why);
    for (const std::string& name : found.value_or(std::vector<std::string>{}))
      if (name.ends_with(".conf") && !name.starts_with('.')) names.push_back(path + name);
    std::ranges::sort(names);
  }
  std::vector<std::string> texts;
  for (const std::string& name : names)
    if (auto text = read_file(pid, name)) texts.push_back(*std::move(text));
  return texts;
}

}  // namespace tierwatch
