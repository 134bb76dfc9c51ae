// SPDX-License-Identifier: MIT
//
// `tierwatch daemon`: sample on our own clock, hand out the latest snapshot, until told to stop.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tierwatch {

struct DaemonOptions {
  /// Absent: the default file when there is one, else the defaults.
  std::optional<std::filesystem::path> config;
  std::vector<std::string> listen_addresses;  ///< empty: as configured
  /// exporter-toolkit's; its users, certificates and headers go before the configuration's.
  std::optional<std::filesystem::path> web_config;
  bool systemd_socket = false;  ///< without sockets from systemd it does not start
  std::optional<std::string> log_level;
  std::optional<std::chrono::milliseconds> interval;
};

/// Runs until SIGTERM or SIGINT; then returns 0 within one tick. Throws ConfigError for a
/// configuration that cannot be used and std::runtime_error for an address that cannot be bound.
int run_daemon(const DaemonOptions& options);

}  // namespace tierwatch
