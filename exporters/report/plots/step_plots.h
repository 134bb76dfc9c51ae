// SPDX-License-Identifier: MIT
//
// The plots whose points are steps of load: where the curve bends, and what a request costs.
#pragma once

#include "exporters/report/plots/plots.h"

namespace tierwatch {

/// Throughput against users (requests under way where users are not known), with the ceilings and,
/// where it was fitted, the scalability curve. No lines when there is no throughput.
Plot throughput_by_users(const RunFindings& findings);

/// Cores used against throughput: a point for each step, and the line that the demand draws. A tier
/// is full where its points leave the line.
Plot demand_lines(const RunFindings& findings);

}  // namespace tierwatch
