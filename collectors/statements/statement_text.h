// SPDX-License-Identifier: MIT
//
// The text of an SQL statement without what is in it of users' data. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// Longer ones are cut, and end with "…".
inline constexpr std::size_t kLongestNormalised = 1000;

/// One line: strings and numbers are "?", lists of them "?, …", comments are left out, blanks are
/// one. Names, keywords and $1 stay. Any bytes; where it cannot be told whether a string has ended
/// (a backslash before a quote), or the text was cut within one, all of the rest is "?". Not fit
/// for a terminal: names may hold anything.
std::string normalised_statement(std::string_view sql);

}  // namespace tierwatch
