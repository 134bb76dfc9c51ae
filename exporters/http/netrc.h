// SPDX-License-Identifier: MIT
//
// What ~/.netrc says of one machine by its name. For servers on this machine, whose port anybody
// may have taken first, the file's "default" entry must not count, and libcurl cannot leave it out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

struct NetrcLogin {
  std::string user, password;
};

/// The first entry of `machine`, and of `user` unless that is empty. Never "default".
std::optional<NetrcLogin> netrc_login(std::string_view text, std::string_view machine,
                                      std::string_view user);

/// The text of ~/.netrc; empty where there is none, or something that is no regular file.
std::string netrc_text();

}  // namespace tierwatch
