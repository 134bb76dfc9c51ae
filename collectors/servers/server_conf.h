// SPDX-License-Identifier: MIT
//
// The few settings of servers that are limits nobody else tells: Postgres' max_connections, php-fpm's
// pm.max_children, HAProxy's maxconn and Redis' maxclients, out of their configuration texts and
// command lines (nginx': nginx_conf.h). Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// The configuration file that a php-fpm master's title names ("php-fpm: master process
/// (/etc/php/8.2/fpm/php-fpm.conf)"); absent when it names none.
std::optional<std::string> php_fpm_conf_path(std::string_view title);

/// pm.max_children of all pools in the text of php-fpm.conf and the files it includes; absent when
/// one of them cannot be read, or sets none. `read` as for add_postgres_conf(), of the directory
/// before the file names of an include (`/etc/php/8.2/fpm/pool.d/*.conf`).
std::optional<std::uint64_t> php_fpm_max_children(
    std::string_view text, const std::function<std::vector<std::string>(const std::string&)>& read);

/// What limits connections in the text of a haproxy.cfg: the smallest of each kind.
struct HaproxyLimits {
  std::optional<std::uint64_t> global;    ///< of all clients; absent: HAProxy's own choice
  std::optional<std::uint64_t> frontend;  ///< of a frontend's clients; absent: none is set
  std::optional<std::uint64_t> server;    ///< to a server; absent: none is set
};

/// Adds those of one more text. False when a number cannot be read, such as a variable's.
bool add_haproxy_limits(std::string_view text, HaproxyLimits& limits);

/// The files that a HAProxy's command line names (-f), in order; absent when it sets limits itself
/// (-n, -N).
std::optional<std::vector<std::string>> haproxy_conf_paths(std::string_view title);

/// Value of a directive in the text of a redis.conf, the last one; absent when it has none.
std::optional<std::string> redis_setting(std::string_view text, std::string_view name);

/// Postgres settings by name, lower case, the last of each winning.
using PostgresSettings = std::map<std::string, std::string>;

/// Adds the settings of a postgresql.conf, in order, with the files it includes. `read` gives the
/// texts of a file ("/…/extra.conf") or of all .conf files in a directory ("/…/conf.d/", in order
/// of names), empty when there are none; `path` is where `text` stands.
void add_postgres_conf(std::string_view text, const std::string& path,
                       const std::function<std::vector<std::string>(const std::string&)>& read,
                       PostgresSettings& settings, int depth = 0);

/// Adds what the postmaster's command line sets: -c NAME=VALUE, --NAME=VALUE, -N NUMBER, -D DIR (as
/// data_directory).
void add_postgres_options(std::string_view title, PostgresSettings& settings);

/// max_connections (100) less superuser_reserved_connections (3) and reserved_connections (0), with
/// their values where nothing sets them; absent when a number cannot be read.
std::optional<std::uint64_t> postgres_usable_connections(const PostgresSettings& settings);

}  // namespace tierwatch
