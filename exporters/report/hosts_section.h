// SPDX-License-Identifier: MIT
//
// The machines that a report on several is about: each with what its daemon said, and whom its
// tiers wait for elsewhere.
#pragma once

#include "exporters/report/document.h"

namespace tierwatch {

/// "2: app1, db1"; empty where the report is about one machine.
std::string hosts_words(const RunFindings& findings);

/// Two tables; empty where the report is about one machine.
ReportSection hosts_section(const RunFindings& findings);

}  // namespace tierwatch
