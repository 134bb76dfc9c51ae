// SPDX-License-Identifier: MIT
//
// The list of processes below the tiers.
#pragma once

#include <vector>

#include "exporters/terminal/scene/process_rows.h"

namespace tierwatch {

void draw_process_table(Frame& frame, const Area& header, const Area& body,
                        const std::vector<ProcessRow>& rows, const ViewState& state,
                        const Scene& scene);

/// The row of totals: what the tagged processes, or those that match the filter, use together.
void draw_totals(Frame& frame, const Area& row, const ViewState& state, const Scene& scene);

}  // namespace tierwatch
