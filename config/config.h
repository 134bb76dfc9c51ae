// SPDX-License-Identifier: MIT
//
// What a user may decide, as plain values whose defaults are the product's defaults
// (config/tierwatch.toml shows the same and a test holds the two together), and the reader of the
// file (load_config.cpp is toml++'s only includer).
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/thresholds.h"
#include "collectors/rules/tier_rules.h"
#include "config/problems.h"
#include "config/tls_choice.h"

namespace tierwatch {

/// What tells of processes: BPF where it may be used, or /proc.
enum class ProcessSource { kAuto, kProc, kBpf };

struct SamplingConfig {
  std::chrono::milliseconds interval{1000};  ///< 50 ms to 1 h
  /// A newest sample that is older than so many intervals makes the daemon neither healthy nor
  /// ready: 2 to 1000.
  std::size_t late_intervals = 3;
  std::size_t kept_descriptors = 4096;  ///< 0 to 1,000,000
  ProcessSource source = ProcessSource::kAuto;
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
  Position at;
  std::string place;
};

/// One who may ask, with the hash of the password as crypt(5) writes it; not checked yet.
struct WebUser {
  std::string name, hash;
  std::string place;
};

/// Whether clients show a certificate, in exporter-toolkit's words.
enum class ClientAuth {
  kNone,           ///< NoClientCert
  kVerifyIfGiven,  ///< VerifyClientCertIfGiven
  kRequire,        ///< RequireAndVerifyClientCert
};

struct WebConfig {
  std::vector<std::string> listen_addresses{"127.0.0.1:9718", "unix:/run/tierwatch/tierwatch.sock"};
  /// Then the Unix socket is left out when its directory does not exist.
  bool listen_addresses_are_default = true;
  unsigned socket_mode = 0660;  ///< of Unix sockets
  std::string socket_group;     ///< empty: the one the daemon runs as
  std::string socket_group_place;
  NamedFile cert_file, key_file;  ///< both or none
  NamedFile client_ca_file;
  ClientAuth client_auth = ClientAuth::kNone;
  Position client_auth_at;
  TlsChoice tls;
  Position tls_at;                             ///< of what was said of it last
  std::map<std::string, std::string> headers;  ///< of every answer
  std::vector<WebUser> users;                  ///< empty: everybody may ask
};

/// Which metrics are served (MetricChoice of exporters/service_state.h).
struct MetricsConfig {
  bool host = true;
  bool detail = false;
  bool old_names = false;
};

/// Where samples are pushed to by OTLP. Empty or absent: the environment says it
/// (OTEL_EXPORTER_OTLP_*), or the default holds; by default nothing is pushed.
struct OtlpConfig {
  std::string endpoint;          ///< what stands before "/v1/metrics"
  std::string metrics_endpoint;  ///< whole, in place of that
  std::map<std::string, std::string> headers;
  std::optional<std::chrono::milliseconds> timeout, interval;
  std::optional<bool> gzip;
  NamedFile ca_file;  ///< empty: the system's certificates
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
  MetricsConfig metrics;
  OtlpConfig otlp;
  LogConfig log;
  ThresholdTable thresholds;  ///< from where on a tier counts as full
  TierRules rules;            ///< all presets when no file configures a tier
  /// The files it came from, as they were read; none for the built-in defaults.
  std::vector<std::filesystem::path> files;
};

/// A configuration that cannot be used. what() is `file:line:column: what is wrong; hint`, one line
/// per problem: all problems are told at once.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The defaults: every preset, in order of preset_names().
Config default_config();

/// Reads a TOML file, then its drop-ins. Throws ConfigError; a file that cannot be read is one too.
Config load_config(const std::filesystem::path& path);

/// Where the file is looked for when none is named.
inline constexpr const char* kDefaultConfigPath = "/etc/tierwatch/tierwatch.toml";

/// It exists, or cannot be looked for.
bool has_default_config();

/// load_config() of the named file, else of kDefaultConfigPath when it exists, else of its drop-ins
/// alone, else the defaults.
Config load_config_or_default(const std::optional<std::filesystem::path>& path);

/// The drop-ins of a configuration file: *.toml in the directory conf.d beside it, in the order of
/// their names, when the file is called tierwatch.toml; hidden files are none. Throws ConfigError
/// when that directory cannot be read, holds more than kMostDropIns, or belongs to somebody who is
/// neither root nor the owner of the file.
std::vector<std::filesystem::path> drop_ins_of(const std::filesystem::path& path);
inline constexpr std::size_t kMostDropIns = 1000;

/// A file as it was read.
struct ConfigText {
  std::filesystem::path path;
  std::string text;
};

/// The same from texts, as if they stood in their paths: what a later one says of a key holds, its
/// tiers come behind those before, and its users and thresholds join them.
Config parse_config(const std::vector<ConfigText>& files);
Config parse_config(std::string_view text, const std::filesystem::path& path);

}  // namespace tierwatch
