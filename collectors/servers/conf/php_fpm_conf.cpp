// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/php_fpm_conf.h"

#include "collectors/servers/conf/conf_text.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

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

}  // namespace tierwatch
