// SPDX-License-Identifier: MIT
//
// What a request of each name costs each tier, where the names' rates vary by themselves.
#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// Writes `cpu` of the endpoints of `found`, which are those of `load`, and `cpu_missing` where no
/// cost can be told. CPU time of a tier, less what it uses without load (`demand`), is split by how
/// many requests of each name ended in stretches of two seconds and more. A cost that is not known
/// to a quarter, or to a tenth of the dearest name's, is left out. `start` as in find_endpoints().
/// Pure.
void find_name_costs(const LoadSeries& load,
                     std::optional<std::chrono::system_clock::time_point> start,
                     std::span<const RunSample> samples, const DemandFindings& demand,
                     NamedRequests& found);

}  // namespace tierwatch
