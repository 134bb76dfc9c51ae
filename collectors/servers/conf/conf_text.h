// SPDX-License-Identifier: MIT
//
// What the configuration texts of several servers have in common. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// Files within files are read that deep. Postgres ends there too (guc-file.l,
/// CONF_FILE_MAX_DEPTH), Apache at 20 (core.c, AP_MAX_INCLUDE_DEPTH), nginx and PHP nowhere: nobody
/// nests so deep.
inline constexpr int kDeepestInclude = 10;

/// ASCII alone, whatever the locale: names of directives know no other letters.
inline std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& letter : result)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return result;
}

}  // namespace tierwatch
