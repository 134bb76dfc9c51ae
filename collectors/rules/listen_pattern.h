// SPDX-License-Identifier: MIT
//
// Addresses by which a tier claims its listeners in the configuration: `listen = ["tcp:5432",
// "unix:/run/uwsgi/*"]`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/rules/pattern.h"
#include "collectors/socket_reading.h"

namespace tierwatch {

/// "tcp:PORT", "tcp:ADDRESS:PORT" (an IPv6 address in brackets) or "unix:GLOB", where the glob
/// covers the whole path, /var/run is the same as /run, and abstract names begin with '@'.
class ListenPattern {
 public:
  /// Absent when `text` is none of the above.
  static std::optional<ListenPattern> parse(std::string_view text);

  bool matches(const ListenerReading& listener) const;

 private:
  std::uint16_t port_ = 0;  ///< tcp: any address with this port, when address_ is empty
  std::string address_;     ///< tcp: as ListenerReading::address writes it
  std::optional<Glob> unix_path_;
};

}  // namespace tierwatch
