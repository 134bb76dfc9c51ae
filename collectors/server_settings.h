// SPDX-License-Identifier: MIT
//
// Limits that nginx, Postgres and php-fpm set themselves, read from the configuration files that
// their command lines name, where these may be read: Debian's may, by everyone.
#pragma once

#include <span>
#include <vector>

#include "collectors/proc_fs.h"
#include "collectors/server_conf.h"
#include "collectors/tier_rules.h"

namespace tierwatch {

/// Not thread-safe.
class ServerSettings {
 public:
  /// Files are looked at again this often, and when a server has started.
  static constexpr nanoseconds kRefreshInterval = std::chrono::seconds(60);

  /// `files` must outlive it.
  explicit ServerSettings(const ProcFs& files) : files_(files) {}

  /// The settings of each tier made by the presets nginx, postgres and php-fpm, where something is
  /// known. Several servers of one tier: the first that tells (lowest pid). In a container whose
  /// files may not be looked into, the host's file of the same name is taken for the container's.
  const std::vector<ServerSettingsReading>& collect(nanoseconds now, const TierRules& rules,
                                                    std::span<const ProcessReading> processes);

  /// net.core.somaxconn, as of the last collect().
  std::optional<std::uint64_t> somaxconn() const { return somaxconn_; }

 private:
  void read_all(const TierRules& rules, std::span<const ProcessReading> processes);
  void read_server(const std::string& preset, const ProcessReading& process,
                   ServerSettingsReading& settings);
  std::optional<std::uint64_t> read_postgres(const ProcessReading& process);
  std::optional<std::uint64_t> read_php_fpm(const ProcessReading& process);
  std::optional<std::string> read_file(pid_t pid, const std::string& path);
  std::vector<std::string> read_included(pid_t pid, const std::string& path);

  const ProcFs& files_;
  nanoseconds due_{};
  std::vector<ProcessId> servers_;  ///< by which the settings were found
  std::vector<ServerSettingsReading> found_;
  std::optional<std::uint64_t> somaxconn_;
  std::string buffer_;
};

}  // namespace tierwatch
