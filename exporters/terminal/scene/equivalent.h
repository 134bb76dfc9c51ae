// SPDX-License-Identifier: MIT
//
// What is seen, as others can see it: the command line that shows it, and an expression for
// Prometheus.
#pragma once

#include <string>

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// "tierwatch top --tier uwsgi --sort rss", quoted for a shell. The moment of the past is not in
/// it. Pure.
std::string equivalent_command(const ViewState& state, const Scene& scene);

/// PromQL of what sorts the processes, summed over those of each tier that is shown; empty
/// where that is a custom column. Pure.
std::string equivalent_promql(const ViewState& state, const Scene& scene);

}  // namespace tierwatch
