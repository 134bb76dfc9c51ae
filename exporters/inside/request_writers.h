// SPDX-License-Identifier: MIT
//
// What was found in a server's access log, for a terminal and as JSON; docs/inside.md describes it.
#pragma once

#include <string>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

/// Several lines, the verdict first. Bytes that would drive a terminal are made visible. Pure.
std::string request_text(const RequestReport& report);

/// One document. Ends with a line feed.
std::string request_json(const RequestReport& report);

}  // namespace tierwatch
