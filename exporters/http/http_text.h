// SPDX-License-Identifier: MIT
//
// The parts of HTTP that are text in, answer out: what a client accepts, whether it speaks to us as
// "localhost", and gzip (http_text.cpp is zlib's only includer).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

/// Whether an Accept-Encoding header allows gzip (RFC 9110, 12.5.3): `gzip`, `x-gzip` or `*`,
/// unless with q=0. An explicit `gzip` beats `*`. Without the header plain text is what every
/// client understands: no.
bool accepts_gzip(std::string_view accept_encoding);

/// How a client likes a kind of content.
struct Liking {
  /// How exactly it names it: 0, not at all; 1, 2, by a wildcard; 3, by its name; 4, with its
  /// version.
  int exactness = 0;
  double quality = 0;  ///< 0 to 1; 0: it does not want it
};

/// By the range of an Accept header that names it most exactly (RFC 9110, 12.5.1): `type` is
/// "text/plain", and another `version` than this is another type. A quality that is no number
/// between 0 and 1 counts as 1.
Liking liking(std::string_view accept, std::string_view type, std::string_view version);

/// The body in gzip form; the body itself, and `compressed` false, when zlib has no memory.
std::string gzip(std::string body, bool& compressed);

/// What gzip() compressed. Throws std::runtime_error when it is not that.
std::string from_gzip(const std::string& compressed);

/// Whether a Host header names this machine's loopback: localhost, 127.x.x.x or [::1], with or
/// without a port. A page of a stranger that rebinds its name to 127.0.0.1 comes from a loopback
/// address, but not with such a host.
bool is_loopback_host(std::string_view host);

/// What a request asks for (RFC 9112, 3.2).
struct RequestTarget {
  /// Begins with a slash, has no empty segments and no slash at its end: "//metrics/" is
  /// "/metrics". Dots stay as they are: no page has a name with them.
  std::string path;
  /// Of the absolute form, "http://HOST:PORT/PATH": it stands in place of the Host header.
  std::optional<std::string> authority;
};

/// Absent when the target is of neither form, or its authority names a user (RFC 9110, 4.2.4).
std::optional<RequestTarget> parse_request_target(std::string_view target);

}  // namespace tierwatch
