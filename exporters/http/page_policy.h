// SPDX-License-Identifier: MIT
//
// The Content-Security-Policy of a page that brings its style and script with it: nothing else runs
// in it, whatever a name on the machine holds.
#pragma once

#include <string>
#include <string_view>

namespace tierwatch {

/// Allows one inline style, one inline script, and questions to the page's own server. The texts
/// are those between the tags, to the byte. Throws std::runtime_error when GnuTLS has no SHA-256.
std::string page_policy(std::string_view style, std::string_view script);

}  // namespace tierwatch
