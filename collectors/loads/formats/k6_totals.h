// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "collectors/loads/reading/import_input.h"

namespace tierwatch {

/// k6's metrics of a whole test, as its summaries tell them: in JSON, and printed.
struct K6Totals {
  LoadTotals totals;
  std::optional<double> rate;          ///< requests a second
  std::optional<double> failed_share;  ///< 0 to 1; absent: k6 did not say (before 0.31)
  std::optional<double> vus_least, vus_most;
  double iterations = 0, dropped = 0;
  std::optional<double> seconds;  ///< that the test took, where it says so

  /// A field of a metric, as k6 names both: ("http_req_duration", "p(95)"). Times in milliseconds.
  void read(std::string_view metric, std::string_view field, double number);
  /// Refuses what has requests, but neither their rate nor a time.
  LoadSeries series(const ImportInput& input) const;
};

}  // namespace tierwatch
