// SPDX-License-Identifier: MIT
//
// The tiers, one line each: state first, then the figures that can be full.
#pragma once

#include <vector>

#include "exporters/terminal/scene/tier_lines.h"
#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// Which of `tiers` are drawn in so many rows, as positions in it: all, or the ones in the worst
/// state; when some are left out, the last row is free to say so.
std::vector<std::size_t> visible_tiers(const Snapshot& snapshot,
                                       const std::vector<std::size_t>& tiers, int rows);

/// Draws the header into the first area and the lines of `tiers` (indices of Snapshot::tiers) into
/// the second; those that do not fit are counted in its last row.
void draw_tier_table(Frame& frame, const Area& header, const Area& body,
                     const std::vector<std::size_t>& tiers, const ViewState& state,
                     const Scene& scene);

/// Whether a table so wide has room for the small graphs of the tiers.
bool shows_graphs(int width);

}  // namespace tierwatch
