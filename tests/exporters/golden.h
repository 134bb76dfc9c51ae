// SPDX-License-Identifier: MIT
//
// Files that tests compare with: read one, or, with TIERWATCH_UPDATE_GOLDENS=1 in the environment,
// write it anew.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace tierwatch {

/// What stands in `path` (below the source tree). When updating, writes `actual` there first, so
/// that the comparison holds and the difference is judged by eye in the commit.
inline std::string golden(const std::string& path, const std::string& actual) {
  const std::string file = std::string(TIERWATCH_SOURCE_DIR) + "/" + path;
  if (std::getenv("TIERWATCH_UPDATE_GOLDENS")) std::ofstream(file) << actual;
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace tierwatch
