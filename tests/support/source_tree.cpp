// SPDX-License-Identifier: MIT
#include "tests/support/source_tree.h"

namespace tierwatch {

std::string source_path(const std::string& name) { return TIERWATCH_SOURCE_DIR "/" + name; }

}  // namespace tierwatch
