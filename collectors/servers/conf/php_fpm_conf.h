// SPDX-License-Identifier: MIT
//
// php-fpm's pm.max_children, out of its configuration texts, and where these are, out of its title.
// Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// The configuration file that a php-fpm master's title names ("php-fpm: master process
/// (/etc/php/8.2/fpm/php-fpm.conf)"); absent when it names none.
std::optional<std::string> php_fpm_conf_path(std::string_view title);

/// pm.max_children of all pools in the text of php-fpm.conf and the files it includes; absent when
/// one of them cannot be read, or sets none. `read` gives the texts of a file, or of all .conf
/// files in a directory ("/etc/php/8.2/fpm/pool.d/", which is what `pool.d/*.conf` becomes).
std::optional<std::uint64_t> php_fpm_max_children(
    std::string_view text, const std::function<std::vector<std::string>(const std::string&)>& read);

}  // namespace tierwatch
