// SPDX-License-Identifier: MIT
//
// What was found inside a database server, for a terminal and as JSON; docs/inside.md describes it.
#pragma once

#include <string>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

/// Several lines, the verdict first. Bytes that would drive a terminal are made visible. Pure.
std::string statement_text(const StatementReport& report);

/// One document. Ends with a line feed.
std::string statement_json(const StatementReport& report);

}  // namespace tierwatch
