// SPDX-License-Identifier: MIT
//
// How values that several reports share stand in JSON.
#pragma once

#include "analysis/stats/estimate.h"
#include "exporters/json/snapshot_fields.h"

namespace tierwatch {

TIERWATCH_FIELDS(Estimate, value, low, high);

}  // namespace tierwatch
