// SPDX-License-Identifier: MIT
//
// The names of all keys of the configuration, taken from the table by which they are read
// (load_config.cpp).
#pragma once

#include <string>
#include <vector>

namespace tierwatch {

/// "sampling.interval", "tier.match.comm", …: every key that may stand in a file.
std::vector<std::string> known_keys();

}  // namespace tierwatch
