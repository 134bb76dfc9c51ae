// SPDX-License-Identifier: MIT
//
// Stacks as a picture: one SVG file that needs no network and holds no script. Callers below, what
// they call above, as wide as their share; the pointer shows a name in full.
#pragma once

#include <string>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

/// Deeper functions are left out, and so are those narrower than a third of a pixel.
inline constexpr std::size_t kMostFlameRows = 200;

std::string flame_graph_svg(const InsideReport& report);

}  // namespace tierwatch
