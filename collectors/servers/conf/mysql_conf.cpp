// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/mysql_conf.h"

#include <algorithm>

#include "collectors/servers/conf/conf_text.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::string_view kOption = "max_connections", kOfAUser = "max_user_connections";

/// Of the server, whatever its name and version: [mysqld], [server], [mariadb-10.11] and the like.
bool is_of_server(std::string_view group) {
  const std::string_view name = group.substr(0, group.find('-'));
  return name == "mysqld" || name == "mariadbd" || name == "mariadb" || name == "server";
}

/// `max-connections` is `max_connections`, and may follow "loose-".
std::string plain_name(std::string_view name) {
  std::string plain(name);
  std::ranges::replace(plain, '-', '_');
  return plain.starts_with("loose_") ? plain.substr(6) : plain;
}

/// Any beginning of a name that is long enough to be of no other will do for the server.
bool may_mean(const std::string& name, std::string_view option, std::size_t shortest) {
  return name.size() >= shortest && option.starts_with(name) && name != option;
}

bool set(const std::string& name, std::string_view value, MysqlLimits& limits) {
  if (may_mean(name, kOption, 7) || may_mean(name, kOfAUser, 5)) return false;
  if (name != kOption && name != kOfAUser) return true;
  const auto number = to_number<std::uint64_t>(value);
  if (number) (name == kOption ? limits.connections : limits.of_a_user) = *number;
  return number.has_value();
}

/// "!include /etc/x.cnf", "!includedir /etc/x/".
bool add_included(std::string_view line, const MysqlRead& read, MysqlLimits& limits, int depth) {
  const std::string_view directive = take_field(line);
  std::string path(trim_blanks(line));
  if (directive == "!includedir" && !path.ends_with('/')) path += '/';
  const auto texts = depth < kDeepestInclude ? read(path) : std::nullopt;
  return texts && std::ranges::all_of(*texts, [&](const std::string& text) {
           return add_mysql_conf(text, read, limits, depth + 1);
         });
}

}  // namespace

bool add_mysql_conf(std::string_view text, const MysqlRead& read, MysqlLimits& limits, int depth) {
  bool of_server = false;
  while (!text.empty()) {
    std::string_view line = trim_blanks(take_until(text, '\n'));
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.starts_with("!include")) {
      if (!add_included(line, read, limits, depth)) return false;
    } else if (line.front() == '[') {
      of_server = is_of_server(line.substr(1, line.find(']') - 1));
    } else if (of_server) {
      const std::string name = plain_name(trim_blanks(take_until(line, '=')));
      const std::string_view value = trim_blanks(line.substr(0, line.find('#')));
      if (!set(name, value, limits)) return false;
    }
  }
  return true;
}

MysqlFiles mysql_files(std::string_view title) {
  constexpr std::string_view kOnly = "--defaults-file=", kMore = "--defaults-extra-file=";
  MysqlFiles files;
  while (!title.empty()) {
    const std::string_view word = take_field(title);
    if (word == "--no-defaults") files.only = "";
    if (word.starts_with(kOnly)) files.only = word.substr(kOnly.size());
    if (word.starts_with(kMore)) files.more = word.substr(kMore.size());
  }
  return files;
}

bool add_mysql_options(std::string_view title, MysqlLimits& limits) {
  while (!title.empty()) {
    std::string_view word = take_field(title);
    if (!word.starts_with("--")) continue;
    word.remove_prefix(2);
    const bool with_value = word.find('=') != std::string_view::npos;
    const std::string name = plain_name(take_until(word, '='));
    if ((name == kOption || name == kOfAUser) && !with_value) word = take_field(title);
    if (!set(name, word, limits)) return false;
  }
  return true;
}

}  // namespace tierwatch
