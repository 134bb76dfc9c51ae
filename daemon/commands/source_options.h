// SPDX-License-Identifier: MIT
//
// Where the commands that show snapshots get them from, as the user asked for it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tierwatch {

struct SourceOptions {
  std::optional<std::filesystem::path> config;  ///< of tiers, when sampling by itself
  bool attach = false;                          ///< to a daemon, or fail
  bool standalone = false;                      ///< never to a daemon
  std::string url;                              ///< of a daemon; empty: the one of this machine
  std::string ca_file;
  bool insecure = false;  ///< any certificate will do
};

}  // namespace tierwatch
