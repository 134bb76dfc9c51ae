// SPDX-License-Identifier: MIT
//
// Texts that the build puts into the program (scripts/cmake/EmbedTexts.cmake): the page's own style
// and script, and dygraphs as Debian ships it (MIT licence, named in its first line).
#pragma once

#include <string_view>

namespace tierwatch {

extern const std::string_view kPageCss;
extern const std::string_view kPageJs;
extern const std::string_view kDygraphsCss;
extern const std::string_view kDygraphsJs;

}  // namespace tierwatch
