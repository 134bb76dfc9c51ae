// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/postgres_conf.h"

#include <algorithm>

#include "collectors/servers/conf/conf_text.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::string_view kSwitches = "bEeFijlnOPsT";  // postmaster.c: options without a value
constexpr std::uint64_t kPostgresConnections = 100;     // guc_tables.c, boot value

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
  return Setting{lower_case(line.substr(0, end)), unquoted(value)};
}

void set_option(std::string_view assignment, PostgresSettings& settings) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos) return;
  std::string name = lower_case(assignment.substr(0, equals));
  std::ranges::replace(name, '-', '_');
  settings[name] = assignment.substr(equals + 1);
}

std::optional<std::uint64_t> number_of(const PostgresSettings& settings, const char* name,
                                       std::optional<std::uint64_t> otherwise) {
  const auto found = settings.find(name);
  return found == settings.end() ? otherwise : to_number<std::uint64_t>(found->second);
}

}  // namespace

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
  const auto most = number_of(settings, "max_connections", kPostgresConnections);
  const auto superusers = number_of(settings, "superuser_reserved_connections", 3);
  const auto reserved = number_of(settings, "reserved_connections", 0);
  if (!most || !superusers || !reserved || *most <= *superusers + *reserved) return std::nullopt;
  return *most - *superusers - *reserved;
}

}  // namespace tierwatch
