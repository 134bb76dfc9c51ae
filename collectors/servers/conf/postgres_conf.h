// SPDX-License-Identifier: MIT
//
// Postgres' max_connections, out of its configuration texts and command line. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

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
