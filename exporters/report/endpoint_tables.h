// SPDX-License-Identifier: MIT
//
// Requests by name as tables: all of the run, and step by step.
#pragma once

#include "exporters/report/document.h"

namespace tierwatch {

/// Names that are shown to people; the JSON has all that are known.
inline constexpr std::size_t kShownEndpoints = 20;
/// Steps beside each other: of more, some between the first and the last are left out.
inline constexpr std::size_t kShownSteps = 6;

/// Empty when the load generator gave its requests no names.
ReportSection endpoints_section(const RunFindings& findings);

}  // namespace tierwatch
