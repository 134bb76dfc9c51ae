// SPDX-License-Identifier: MIT
//
// What of a sample tells when there was load: all that a search for a load's place in time needs. A
// day of it is small, where a day of samples is a gigabyte.
#pragma once

#include <span>
#include <vector>

#include "analysis/load/alignment.h"

namespace tierwatch {

struct TierActivity {
  std::chrono::system_clock::time_point at{};  ///< end of the interval
  double seconds = 0;                          ///< its length
  double cpu_cores = 0;                        ///< of all tiers but the load generator
  std::optional<double> busy_workers;          ///< of all that know
  bool operator==(const TierActivity&) const = default;
};

std::vector<TierActivity> activity_of(std::span<const RunSample> samples);

/// The same as for samples.
ClockOffset align(const LoadSeries& load, std::span<const TierActivity> activity,
                  const AlignmentHints& hints = {});

}  // namespace tierwatch
