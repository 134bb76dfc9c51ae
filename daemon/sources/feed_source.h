// SPDX-License-Identifier: MIT
//
// Where the commands that show snapshots get them from, as the user asked for it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "daemon/feeds/top_feed.h"

namespace tierwatch {

struct SourceOptions {
  std::optional<std::filesystem::path> config;  ///< of tiers, when sampling by itself
  bool attach = false;                          ///< to a daemon, or fail
  bool standalone = false;                      ///< never to a daemon
  std::string url;                              ///< of a daemon; empty: the one of this machine
  std::string ca_file;
  bool insecure = false;  ///< any certificate will do
};

/// The feed that the options ask for: a daemon, or this machine. Throws std::runtime_error and
/// ConfigError.
std::unique_ptr<TopFeed> choose_feed(const SourceOptions& options, Stay stay);

}  // namespace tierwatch
