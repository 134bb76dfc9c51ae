// SPDX-License-Identifier: MIT
//
// MySQL's and MariaDB's max_connections and max_user_connections, out of their option files and
// command line. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// What the files and words read so far come to; the last one wins.
struct MysqlLimits {
  std::uint64_t connections = 151;  ///< sys_vars.cc
  std::uint64_t of_a_user = 0;      ///< max_user_connections; 0: no limit
};

/// The texts of a file ("/etc/x.cnf"), or of all that end in .cnf in a directory ("/etc/x/", in
/// order of names); absent when one of them cannot be read.
using MysqlRead = std::function<std::optional<std::vector<std::string>>(const std::string& path)>;

/// Adds what the text of an option file says to the server, with the files it includes. False when
/// that is not known: a number or a file that cannot be read, a limit written in another way.
bool add_mysql_conf(std::string_view text, const MysqlRead& read, MysqlLimits& limits,
                    int depth = 0);

/// Which option files its command line names in place of the usual ones, and after them.
struct MysqlFiles {
  std::optional<std::string> only;  ///< --defaults-file; empty: none (--no-defaults)
  std::optional<std::string> more;  ///< --defaults-extra-file
};
MysqlFiles mysql_files(std::string_view title);

/// Adds what its command line says: that comes last. False as above.
bool add_mysql_options(std::string_view title, MysqlLimits& limits);

}  // namespace tierwatch
