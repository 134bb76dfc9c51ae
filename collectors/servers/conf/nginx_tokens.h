// SPDX-License-Identifier: MIT
//
// The words of nginx' configuration. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

struct NginxToken {
  std::string text;
  char mark = 0;  ///< { } or ; where it is no word
};

/// The next word or mark; absent at the end. Comments are skipped (ngx_conf_read_token()).
std::optional<NginxToken> take_nginx_token(std::string_view& rest);

}  // namespace tierwatch
