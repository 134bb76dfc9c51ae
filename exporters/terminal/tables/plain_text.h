// SPDX-License-Identifier: MIT
//
// The view as text for pipes and logs: everything in full, nothing cut, nothing coloured.
#pragma once

#include <string>

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// Verdict, evidence, host, tiers, processes and notes; ends in a line feed. Empty without a
/// snapshot. The size of the scene is not asked.
std::string plain_text(const ViewState& state, const Scene& scene);

}  // namespace tierwatch
