// SPDX-License-Identifier: MIT
//
// The last row: the keys of the current mode, or the text that is being typed.
#pragma once

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

void draw_footer(Frame& frame, const Area& area, const ViewState& state, const Scene& scene);

}  // namespace tierwatch
