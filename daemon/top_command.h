// SPDX-License-Identifier: MIT
//
// `tierwatch top`: chooses where snapshots come from and how they are shown.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/top_feed.h"
#include "exporters/top/view_state.h"

namespace tierwatch {

struct TopOptions {
  std::optional<std::filesystem::path> config;  ///< of tiers, when sampling by itself
  bool attach = false;                          ///< to a daemon, or fail
  bool standalone = false;                      ///< never to a daemon
  std::string url;                              ///< of a daemon; empty: the one of this machine
  std::string ca_file;
  std::optional<std::filesystem::path> replay;  ///< a recording, in place of this machine
  bool insecure = false;                        ///< any certificate will do
  bool once = false;
  bool batch = false;
  std::optional<unsigned> count;  ///< views or snapshots, then the end
  bool json = false;
  std::vector<std::string> tiers;
  std::string filter;
  std::string sort, palette;  ///< names; empty: as remembered
  std::optional<std::chrono::milliseconds> interval;
  bool ascii = false;
};

/// Returns the exit status. Throws std::runtime_error and ConfigError before the first view.
int run_top(const TopOptions& options);

/// The feed that the options ask for. Throws like run_top().
std::unique_ptr<TopFeed> choose_feed(const TopOptions& options);

/// On the screen, until the user quits.
int run_top_screen(const TopOptions& options, ViewState state);

/// As text or JSON on standard output.
int run_top_text(const TopOptions& options, const ViewState& state);

/// Login name of a user of this machine; empty when there is none. Remembers what it was told.
std::string login_name(uid_t uid);

}  // namespace tierwatch
