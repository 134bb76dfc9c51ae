// SPDX-License-Identifier: MIT
//
// The way back from /api/v1/recent: for a view that begins with what the daemon has seen.
#pragma once

#include <deque>
#include <string_view>
#include <vector>

#include "exporters/verdict_stretch.h"

namespace tierwatch {

/// Verdicts and marks, in the order of time.
struct RecentDocument {
  std::deque<VerdictStretch> verdicts;
  std::vector<TimedNote> marks;
};

/// Samples are passed over. Throws std::invalid_argument that says what was expected and where.
RecentDocument recent_from_json(std::string_view text);

}  // namespace tierwatch
