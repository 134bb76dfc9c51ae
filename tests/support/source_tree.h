// SPDX-License-Identifier: MIT
//
// Where the source tree is. Only source_tree.cpp is compiled with its path, so that a compiler
// cache serves every checkout with the same objects.
#pragma once

#include <string>

namespace tierwatch {

/// The path of `name` (below the top of the source tree), absolute.
std::string source_path(const std::string& name);

}  // namespace tierwatch
