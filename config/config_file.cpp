// SPDX-License-Identifier: MIT
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/config.h"

namespace tierwatch {

Config load_config(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // A directory opens, but gives no bytes: badbit, and errno from read(2).
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad() || errno == EISDIR) {
    throw ConfigError(path.string() + ": cannot be read: " + std::strerror(errno));
  }
  return parse_config(text.str(), path);
}

bool has_default_config() {
  std::error_code error;  // a directory that may not be searched: load_config says so
  return std::filesystem::exists(kDefaultConfigPath, error) || error;
}

Config load_config_or_default(const std::optional<std::filesystem::path>& path) {
  if (path) return load_config(*path);
  return has_default_config() ? load_config(kDefaultConfigPath) : default_config();
}

}  // namespace tierwatch
