// SPDX-License-Identifier: MIT
//
// Stacks as a picture: one SVG file that needs no network and holds no script. Callers below, what
// they call above, as wide as their share; the pointer shows a name in full.
#pragma once

#include <string>
#include <vector>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

/// Deeper functions are left out, and so are those narrower than a third of a pixel.
inline constexpr std::size_t kMostFlameRows = 200;

std::string flame_graph_svg(const InsideReport& report);

struct FlameStack {
  std::vector<InsidePlace> frames;  ///< innermost first
  std::vector<std::string> above;   ///< what else stands on top of them: "(torn)", "(peer: …)"
  std::uint64_t samples = 0;
};

/// What stands above the functions of a stack. `activity` is a word, "running" says nothing.
std::vector<std::string> above_stack(bool no_frames, bool torn, std::string_view activity,
                                     const std::string& peer);

/// The same picture without headings, as an element of a page. `root` is the name of all.
std::string flame_graph_element(const std::string& root, const std::vector<FlameStack>& stacks);

}  // namespace tierwatch
