// SPDX-License-Identifier: MIT
//
// The page at /: one text that loads nothing but this daemon's JSON, the same for everybody.
#pragma once

#include <string>

namespace tierwatch {

/// The whole page. Its style and script stand in it, once each, as live_style() and live_script()
/// give them.
std::string live_page();

/// What stands between <style> and </style>, and between <script> and </script>, to the byte: a
/// Content-Security-Policy names their digests.
std::string live_style();
std::string live_script();

}  // namespace tierwatch
