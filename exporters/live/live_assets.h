// SPDX-License-Identifier: MIT
//
// Texts that the build puts into the program (scripts/cmake/EmbedTexts.cmake): the live page.
#pragma once

#include <string_view>

namespace tierwatch {

extern const std::string_view kLiveHtml;  ///< what stands in <body>
extern const std::string_view kLiveCss;
/// One script in parts, in this order.
extern const std::string_view kLiveFiguresJs, kLiveKnownJs, kLiveDrawingJs, kLiveJs;

}  // namespace tierwatch
