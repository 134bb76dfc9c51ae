// SPDX-License-Identifier: MIT
//
// Processes as rows of a table, names of columns once: what a view asks for every second. A fifth
// of the bytes of the full list, and no key to look up for each figure.
#pragma once

#include <vector>

#include "analysis/snapshot.h"
#include "exporters/json/json_value.h"
#include "exporters/json/json_writer.h"

namespace tierwatch {

/// Titles are cut to this many bytes; the full ones are in `processes`.
inline constexpr std::size_t kLongestTableTitle = 512;

/// {"columns": [names], "rows": [[values]]}; null stands for what is not known. Rates and shares
/// are rounded to 0.0001 cores.
Json process_table(const std::vector<ProcessSample>& processes);

/// The way back: columns may stand in any order, unknown ones are passed over, missing ones are
/// absent. Throws std::invalid_argument for what is no such table.
std::vector<ProcessSample> read_process_table(JsonValue table);

}  // namespace tierwatch
