// SPDX-License-Identifier: MIT
//
// Where a server writes its finished requests.
#pragma once

#include <string>
#include <vector>

namespace tierwatch {

/// A file to which a server adds a line for each request that it has finished.
struct AccessLogPlace {
  std::string path;
  std::string format;  ///< text and "$variables", as in nginx' log_format
};

struct AccessLogs {
  std::vector<AccessLogPlace> places;     ///< each path once
  std::vector<std::string> not_followed;  ///< others, and why, in words
};

}  // namespace tierwatch
