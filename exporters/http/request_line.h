// SPDX-License-Identifier: MIT
//
// A request line that a library has cut into C strings in place, as libmicrohttpd does: blanks have
// become zero bytes, and a zero byte that the client sent looks like the end of a string. Where the
// next string begins shows which of the two it is.
#pragma once

#include <cstring>

namespace tierwatch {

/// Behind the zero byte that ends `text`: where the next string of an untouched line begins.
inline const char* behind(const char* text) { return text + std::strlen(text) + 1; }

/// Whether the line holds a zero byte of the client's. `behind_target` is what behind() said of the
/// target before its query was cut off and escapes were resolved; the version ends the line. Reads
/// only what lies between these.
bool holds_zero_byte(const char* method, const char* target, const char* behind_target,
                     const char* version);

}  // namespace tierwatch
