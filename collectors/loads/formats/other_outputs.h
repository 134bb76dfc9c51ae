// SPDX-License-Identifier: MIT
//
// What well-known load generators print or write beside the results that are read here: named, with
// what to run instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

/// "k6's text at the end of a test, …; run `…`". Absent: no such output. `head` begins the file,
/// without colours.
std::optional<std::string> known_other_output(std::string_view head);

}  // namespace tierwatch
