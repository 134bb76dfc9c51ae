// SPDX-License-Identifier: MIT
//
// Files that tests compare with: read one, or, with TIERWATCH_UPDATE_GOLDENS=1 in the environment,
// write it anew.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/source_tree.h"

namespace tierwatch {

/// What stands in `path` (below the source tree).
inline std::string read_golden(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(source_path(path)).rdbuf();
  return text.str();
}

/// The same. When updating, writes `actual` there first, so that the comparison holds and the
/// difference is judged by eye in the commit.
inline std::string golden(const std::string& path, const std::string& actual) {
  if (std::getenv("TIERWATCH_UPDATE_GOLDENS")) {
    std::ofstream(source_path(path)) << actual;
  }
  return read_golden(path);
}

}  // namespace tierwatch
