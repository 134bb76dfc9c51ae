// SPDX-License-Identifier: MIT
//
// What a user may decide, as plain values whose defaults are the product's defaults
// (config/tierwatch.toml shows the same and a test holds the two together), and the reader of the
// file (load_config.cpp is toml++'s only includer).
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/thresholds.h"
#include "collectors/servers/tier_rules.h"

namespace tierwatch {

struct SamplingConfig {
  std::chrono::milliseconds interval{1000};  ///< 50 ms to 1 h
  std::size_t kept_descriptors = 4096;       ///< 0 to 1,000,000
};

struct MemoryConfig {
  /// Pss by smaps_rollup: holds the target's memory lock while it is read.
  bool proportional = false;
  std::chrono::milliseconds proportional_interval{60000};
  std::uint64_t proportional_max_bytes = 1ull << 30;
  std::chrono::milliseconds proportional_budget{5};
};

/// A file that was named in the configuration, and where it was: "tierwatch.toml:12".
struct NamedFile {
  std::filesystem::path path;  ///< empty: none
  std::string place;
};

/// One who may ask, with the hash of the password as crypt(5) writes it; not checked yet.
struct WebUser {
  std::string name, hash;
  std::string place;
};

struct WebConfig {
  std::vector<std::string> listen_addresses{"127.0.0.1:9718", "unix:/run/tierwatch/tierwatch.sock"};
  /// Then the Unix socket is left out when its directory does not exist.
  bool listen_addresses_are_default = true;
  NamedFile cert_file, key_file;  ///< both or none; relative ones are beside the configuration
  std::vector<WebUser> users;     ///< empty: everybody may ask
};

struct LogConfig {
  std::string level = "info";  ///< trace debug info warn error
};

/// The recording that the daemon keeps of all it sees (exporters/recording/recording_writer.h).
struct HistoryConfig {
  /// "auto": history.db in $STATE_DIRECTORY, which systemd sets, and none where nobody does;
  /// "none"; or an absolute path.
  std::string path = "auto";
  std::chrono::milliseconds keep{7 * 86'400'000};
  std::uint64_t max_bytes = 512ull << 20;
  bool operator==(const HistoryConfig&) const = default;
};

struct Config {
  SamplingConfig sampling;
  MemoryConfig memory;
  WebConfig web;
  HistoryConfig history;
  LogConfig log;
  ThresholdTable thresholds;     ///< from where on a tier counts as full
  TierRules rules;               ///< all presets when the file configures no tier
  std::filesystem::path source;  ///< the file it came from; empty for the built-in defaults
};

/// A configuration that cannot be used. what() is `file:line:column: what is wrong; hint`, one line
/// per problem: all problems of a file are told at once.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The defaults: every preset, in order of preset_names().
Config default_config();

/// Reads a TOML file. Throws ConfigError; a file that cannot be read is one too.
Config load_config(const std::filesystem::path& path);

/// Where the file is looked for when none is named.
inline constexpr const char* kDefaultConfigPath = "/etc/tierwatch/tierwatch.toml";

/// It exists, or cannot be looked for.
bool has_default_config();

/// load_config() of the named file, else of kDefaultConfigPath when it exists, else the defaults.
Config load_config_or_default(const std::optional<std::filesystem::path>& path);

/// The same from text, as if it stood in `path`.
Config parse_config(std::string_view text, const std::filesystem::path& path);

}  // namespace tierwatch
