// SPDX-License-Identifier: MIT
//
// What [web] says of certificates and passwords, opened and checked.
#pragma once

#include <filesystem>
#include <vector>

#include "config/config.h"
#include "exporters/http/http_server.h"

namespace tierwatch {

/// The server's options but for its addresses. Throws ConfigError `file:line: what is wrong; hint`,
/// a line for each problem. Costs a hashing for each user (bcrypt of cost 10: about 50 ms).
HttpServerOptions load_web_security(const Config& config);

/// The files it reads for that.
std::vector<std::filesystem::path> web_security_files(const WebConfig& web);

}  // namespace tierwatch
