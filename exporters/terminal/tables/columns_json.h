// SPDX-License-Identifier: MIT
//
// The process list as JSON: the columns that were chosen, as figures.
#pragma once

#include <string>

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// One line without its end: names of the columns, and a row for each process that is listed, in
/// the order of the list. Figures are whole, in bytes, seconds and cores; what is not known is
/// null. Needs a snapshot.
std::string columns_json(const ViewState& state, const Scene& scene);

}  // namespace tierwatch
