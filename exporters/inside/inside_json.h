// SPDX-License-Identifier: MIT
//
// What was found inside a tier as one JSON document; docs/inside.md describes it.
#pragma once

#include <string>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

/// Ends with a line feed. Names are as the code says them: any text.
std::string inside_json(const InsideReport& report);

}  // namespace tierwatch
