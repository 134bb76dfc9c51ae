// SPDX-License-Identifier: MIT
//
// A screen, made of data and the view's state.
#pragma once

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// Pure. Any size from 1 × 1, any snapshot and any state give a frame of exactly that size. Cost:
/// one sort of the listed processes and the cells that are drawn; some hundred microseconds.
Frame render(const ViewState& state, const Scene& scene);

}  // namespace tierwatch
