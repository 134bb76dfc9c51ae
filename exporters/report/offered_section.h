// SPDX-License-Identifier: MIT
//
// The load that was asked for beside the one that came about, as sentences and a table.
#pragma once

#include "exporters/report/document.h"

namespace tierwatch {

/// Empty without a load series.
ReportSection offered_section(const RunFindings& findings);

}  // namespace tierwatch
