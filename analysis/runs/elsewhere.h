// SPDX-License-Identifier: MIT
//
// Nothing on the server is full: then what kept throughput where it was? The generator, the
// network, think time, or simply too little load.
#pragma once

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// The verdict of a run in which no tier limits. `findings` as for conclude().
RunVerdict look_elsewhere(const RunFindings& findings);

}  // namespace tierwatch
