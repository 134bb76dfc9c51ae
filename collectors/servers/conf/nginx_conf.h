// SPDX-License-Identifier: MIT
//
// nginx' worker_connections, out of its configuration texts, and where these are, out of its title.
// Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

/// What "include PATTERN;" stands for: the texts of all files that the pattern finds. Absent when
/// one of them cannot be read.
using NginxIncludes =
    std::function<std::optional<std::vector<std::string>>(const std::string& pattern)>;

/// Value of worker_connections in the text of nginx.conf and in what it includes at its top or in
/// its events block; 512, nginx' default, when that block does not set it. Absent when there is no
/// such block, or what may set it cannot be read.
std::optional<std::uint64_t> nginx_worker_connections(std::string_view text,
                                                      const NginxIncludes& read);

/// Limits of parts of an nginx, the smallest of each kind; 0: none is set.
struct NginxPartLimits {
  std::uint64_t clients = 0;    ///< limit_conn: of one key, such as a client's address
  std::uint64_t upstreams = 0;  ///< max_conns: to one upstream server
  bool rate = false;            ///< limit_req: of requests, which are not counted here
};

/// Of all blocks of nginx.conf and what these include. Absent when a part cannot be read.
std::optional<NginxPartLimits> nginx_part_limits(std::string_view text, const NginxIncludes& read);

/// The configuration file of an nginx, from its title ("nginx: master process /usr/sbin/nginx -p
/// /srv -c my.conf"), as ngx_process_options() finds it. `program` is its executable where that is
/// known. A path that is not absolute begins at the working directory. Absent when it follows from
/// what was compiled in and we do not know, or when the title does not show the command line.
std::optional<std::string> nginx_conf_path(std::string_view title,
                                           const std::optional<std::string>& program);

}  // namespace tierwatch
