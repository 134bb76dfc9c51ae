// SPDX-License-Identifier: MIT
//
// `tierwatch top`: chooses where snapshots come from and how they are shown.
#pragma once

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/top_settings.h"
#include "daemon/feeds/top_feed.h"
#include "daemon/sources/feed_source.h"
#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

struct TopOptions : SourceOptions {
  std::optional<std::filesystem::path> replay;   ///< a recording, in place of this machine
  std::optional<std::filesystem::path> history;  ///< to look back in; absent: the daemon's
  bool once = false;
  bool batch = false;
  std::optional<unsigned> count;  ///< views or snapshots, then the end
  bool json = false;
  std::vector<std::string> tiers;
  std::string filter;
  std::string user;           ///< name or number; empty: all
  ColumnList columns;         ///< all that are shown; empty: as remembered
  std::string sort, palette;  ///< names; empty: as remembered
  std::optional<std::chrono::milliseconds> interval;
  bool ascii = false;
  bool tree = false;
  bool invert = false;
  bool all = false;
};

/// Returns the exit status; text and JSON go to `out`. Throws std::runtime_error and ConfigError
/// before the first view.
int run_top(const TopOptions& options, std::ostream& out);

/// That of choose_feed(), or the recording that is to be played. Throws like run_top().
std::unique_ptr<TopFeed> top_feed(const TopOptions& options);

/// The options that lead to the same feed, as words.
std::vector<std::string> source_arguments(const TopOptions& options, const TopFeed& feed);

/// The columns that were remembered; what of them cannot be read is said, and left out.
ColumnList remembered_columns(const TopSettings& settings);

/// On the screen, until the user quits.
int run_top_screen(const TopOptions& options, ViewState state);

/// As text or JSON, until `out` takes no more.
int run_top_text(const TopOptions& options, const ViewState& state, std::ostream& out);

}  // namespace tierwatch
