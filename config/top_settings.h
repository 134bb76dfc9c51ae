// SPDX-License-Identifier: MIT
//
// What `tierwatch top` remembers from one run to the next, in $XDG_CONFIG_HOME/tierwatch/top.toml.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// Words are those of the command line; whoever uses them decides what an unknown one means.
struct TopSettings {
  std::string sort;     ///< name of a process column; empty: the default
  std::string palette;  ///< empty: the default
  bool inverted = false;
  bool tree = false;
  std::vector<std::string> columns;         ///< all, in their order; empty: the default
  std::vector<std::string> hidden_columns;  ///< names of those that are not shown
  bool operator==(const TopSettings&) const = default;
};

/// $XDG_CONFIG_HOME/tierwatch/top.toml, else ~/.config/tierwatch/top.toml; absent without a home.
std::optional<std::filesystem::path> top_settings_path();

/// Reads the file's text. Unknown keys and values of a wrong kind are passed over: a later version
/// may have written them. Throws std::runtime_error for what is no TOML.
TopSettings parse_top_settings(std::string_view text);

/// The settings of the file; the defaults when there is none. Throws std::runtime_error for one
/// that cannot be read or is no TOML.
TopSettings load_top_settings(const std::filesystem::path& path);

/// The way back.
std::string to_toml(const TopSettings& settings);

/// Replaces the file at once, never half; makes its directory. Throws std::runtime_error when it
/// cannot be written.
void save_top_settings(const std::filesystem::path& path, const TopSettings& settings);

}  // namespace tierwatch
