// SPDX-License-Identifier: MIT
#include "collectors/servers/server_conf.h"

#include <algorithm>
#include <cctype>
#include <span>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::string_view kSwitches = "bEeFijlnOPsT";   // postmaster.c: options without a value
constexpr std::uint64_t kPostgresDefaultConnections = 100;  // guc_tables.c, boot value
constexpr int kDeepestInclude = 10;                      // guc-file.l, CONF_FILE_MAX_DEPTH

constexpr std::string_view kHaproxySections[] = {
    "global",    "defaults", "frontend", "backend",     "listen", "userlist", "peers",
    "resolvers", "mailers",  "cache",    "http-errors", "ring",   "program",  "log-forward"};
constexpr std::string_view kHaproxyServers[] = {"server", "default-server", "server-template"};

bool contains(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

/// php-fpm's pools, and what they may start.
struct FpmPools {
  std::uint64_t pools = 0, with_limit = 0, children = 0;
};

/// Comments begin with a semicolon (main/php_ini_scanner: zend_ini_scanner.l).
void add_fpm_text(std::string_view text,
                  const std::function<std::vector<std::string>(const std::string&)>& read,
                  FpmPools& found, int depth) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    line = trim_blanks(line.substr(0, line.find(';')));
    if (line.starts_with('[') && line != "[global]") ++found.pools;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = trim_blanks(line.substr(0, equals));
    const std::string_view value = trim_blanks(line.substr(equals + 1));
    if (name == "pm.max_children") {
      if (const auto most = to_number<std::uint64_t>(value)) {
        ++found.with_limit;
        found.children += *most;
      }
    } else if (name == "include" && depth < kDeepestInclude) {
      const bool many = value.find('*') != std::string_view::npos;
      const std::string path(many ? value.substr(0, value.rfind('/') + 1) : value);
      for (const std::string& more : read(path)) add_fpm_text(more, read, found, depth + 1);
    }
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::string_view unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '\'') return value.substr(0, value.find_first_of(" \t"));
  return value.substr(1, value.find('\'', 1) - 1);
}

std::string resolved(std::string_view name, const std::string& beside) {
  if (name.starts_with('/')) return std::string(name);
  return beside.substr(0, beside.rfind('/') + 1) + std::string(name);
}

struct Setting {
  std::string name;
  std::string_view value;
};

/// "name = value", "name value", "name 'value'"; nothing for empty lines and comments.
std::optional<Setting> parse_setting(std::string_view line) {
  line = trim_blanks(line);
  if (line.empty() || line.front() == '#') return std::nullopt;
  const auto end = std::min(line.find_first_of(" \t="), line.size());
  std::string_view value = trim_blanks(line.substr(end));
  if (value.starts_with('=')) value = trim_blanks(value.substr(1));
  if (!value.starts_with('\'')) value = trim_blanks(value.substr(0, value.find('#')));
  return Setting{lower(line.substr(0, end)), unquoted(value)};
}

void set_option(std::string_view assignment, PostgresSettings& settings) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos) return;
  std::string name = lower(assignment.substr(0, equals));
  std::ranges::replace(name, '-', '_');
  settings[name] = assignment.substr(equals + 1);
}

std::optional<std::uint64_t> number_of(const PostgresSettings& settings, const char* name,
                                       std::optional<std::uint64_t> otherwise) {
  const auto found = settings.find(name);
  return found == settings.end() ? otherwise : to_number<std::uint64_t>(found->second);
}

}  // namespace

std::optional<std::string> php_fpm_conf_path(std::string_view title) {
  const auto open = title.find('('), close = title.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  return std::string(title.substr(open + 1, close - open - 1));
}

std::optional<std::uint64_t> php_fpm_max_children(
    std::string_view text,
    const std::function<std::vector<std::string>(const std::string&)>& read) {
  FpmPools found;
  add_fpm_text(text, read, found, 0);
  if (found.pools == 0 || found.with_limit != found.pools) return std::nullopt;
  return found.children;
}

bool add_haproxy_limits(std::string_view text, HaproxyLimits& limits) {
  bool global = false;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    line = trim_blanks(line.substr(0, line.find('#')));
    const std::string_view first = take_field(line);
    if (contains(kHaproxySections, first)) global = first == "global";
    const bool server = contains(kHaproxyServers, first);
    if (server && first != "default-server") take_field(line);  // its name
    std::string_view value;
    if (first == "maxconn") value = take_field(line);
    while (server && !line.empty())
      if (take_field(line) == "maxconn") value = take_field(line);
    if (value.empty()) continue;
    const auto number = to_number<std::uint64_t>(value);
    if (!number) return false;
    auto& least = server ? limits.server : global ? limits.global : limits.frontend;
    if (*number > 0) least = std::min(least.value_or(*number), *number);
  }
  return true;
}

std::optional<std::vector<std::string>> haproxy_conf_paths(std::string_view title) {
  std::vector<std::string> paths;
  take_field(title);  // the program
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    if (word == "-n" || word == "-N") return std::nullopt;
    if (word == "-f") paths.emplace_back(take_field(title));
    if (word != "--") continue;
    while (!title.empty()) paths.emplace_back(take_field(title));
  }
  return paths;
}

std::optional<std::string> redis_setting(std::string_view text, std::string_view name) {
  std::optional<std::string> value;
  while (!text.empty()) {
    std::string_view line = trim_blanks(take_until(text, '\n'));
    if (lower(take_field(line)) == name) value = std::string(trim_blanks(line));
  }
  return value;
}

void add_postgres_conf(std::string_view text, const std::string& path,
                       const std::function<std::vector<std::string>(const std::string&)>& read,
                       PostgresSettings& settings, int depth) {
  while (!text.empty()) {
    const auto setting = parse_setting(take_until(text, '\n'));
    if (!setting) continue;
    const bool directory = setting->name == "include_dir";
    if (!directory && setting->name != "include" && setting->name != "include_if_exists") {
      settings[setting->name] = setting->value;
      continue;
    }
    if (depth >= kDeepestInclude) continue;
    const std::string included = resolved(setting->value, path) + (directory ? "/" : "");
    for (const std::string& more : read(included))
      add_postgres_conf(more, included, read, settings, depth + 1);
  }
}

void add_postgres_options(std::string_view title, PostgresSettings& settings) {
  take_field(title);  // the program
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    if (word.starts_with("--")) {
      set_option(word.substr(2), settings);
    } else if (word.size() >= 2 && word[0] == '-' &&
               kSwitches.find(word[1]) == std::string_view::npos) {
      const std::string_view value = word.size() > 2 ? word.substr(2) : take_field(title);
      if (word[1] == 'c') set_option(value, settings);
      if (word[1] == 'N') settings["max_connections"] = value;
      if (word[1] == 'D') settings["data_directory"] = value;
    }
  }
}

std::optional<std::uint64_t> postgres_usable_connections(const PostgresSettings& settings) {
  const auto most = number_of(settings, "max_connections", kPostgresDefaultConnections);
  const auto superusers = number_of(settings, "superuser_reserved_connections", 3);
  const auto reserved = number_of(settings, "reserved_connections", 0);
  if (!most || !superusers || !reserved || *most <= *superusers + *reserved) return std::nullopt;
  return *most - *superusers - *reserved;
}

}  // namespace tierwatch
