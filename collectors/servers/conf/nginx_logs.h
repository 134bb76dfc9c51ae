// SPDX-License-Identifier: MIT
//
// Where nginx writes its finished requests, and in which form, out of its configuration. Pure.
#pragma once

#include "collectors/servers/conf/access_log_place.h"
#include "collectors/servers/conf/nginx_conf.h"

namespace tierwatch {

/// All that any block of nginx.conf, or what it includes, has with access_log. Absent when a part
/// cannot be read. Without an access_log there is none: where the default one lies was compiled in.
std::optional<AccessLogs> nginx_access_logs(std::string_view text, const NginxIncludes& read);

}  // namespace tierwatch
