// SPDX-License-Identifier: MIT
//
// An hour of verdicts in one row: what was full when, where marks were made, which moment is shown.
#pragma once

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// Draws nothing into an area without height, or when there is no timeline.
void draw_verdict_strip(Frame& frame, const Area& area, const Scene& scene);

}  // namespace tierwatch
