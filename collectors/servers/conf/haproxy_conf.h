// SPDX-License-Identifier: MIT
//
// HAProxy's maxconn, out of its configuration texts, and where these are, out of its command line.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// What limits connections in the text of a haproxy.cfg: the smallest of each kind.
struct HaproxyLimits {
  std::optional<std::uint64_t> global;    ///< of all clients; absent: HAProxy's own choice
  std::optional<std::uint64_t> frontend;  ///< of a frontend's clients; absent: none is set
  std::optional<std::uint64_t> server;    ///< to a server; absent: none is set
};

/// Adds those of one more text. False when a number cannot be read, such as a variable's.
bool add_haproxy_limits(std::string_view text, HaproxyLimits& limits);

/// The files that a HAProxy's command line names (-f), in order; absent when it sets limits itself
/// (-n, -N).
std::optional<std::vector<std::string>> haproxy_conf_paths(std::string_view title);

}  // namespace tierwatch
