// SPDX-License-Identifier: MIT
//
// "And with four cores?": throughput after a change that has not been made yet, from what a request
// costs each tier.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analysis/runs/demand.h"

namespace tierwatch {

/// `cores=4`, `workers=8`, `quota=2`; of one tier: `uwsgi.workers=8`.
struct PlannedChange {
  enum class Kind { kCores, kWorkers, kQuota };
  Kind kind = Kind::kCores;
  std::string tier;  ///< empty: the one that limits; for cores, the host too
  double value = 0;
  bool operator==(const PlannedChange&) const = default;
};

/// `cores=4,uwsgi.workers=8`: what is changed together. At least one.
struct WhatIf {
  std::vector<PlannedChange> changes;
  bool operator==(const WhatIf&) const = default;
};

/// The changes, or what is wrong with `text` and what would be right.
std::variant<WhatIf, std::string> parse_what_if(std::string_view text);

struct WhatIfAnswer {
  std::string question;  ///< "cores=4", "cores=4, uwsgi.workers=8"
  bool answered = false;
  std::string tier;              ///< that was changed; of several, by the first change
  Estimate before;               ///< ceiling, predicted the same way
  Estimate requests_per_second;  ///< after the change: the most it can be, as a range
  std::optional<Ceiling> binds;  ///< what limits then; absent: the load itself would
  std::optional<double> users;   ///< of the highest step: more may be needed to get there
  /// With no more users than the run had: N / (lowest response + think time); absent when unknown.
  std::optional<double> with_same_users;
  std::string words;  ///< the answer, or why there is none
  bool operator==(const WhatIfAnswer&) const = default;
};

/// What the prediction stands on.
struct WhatIfBasis {
  DemandFindings demand;
  JudgeInput facts;  ///< of the busiest step
  std::optional<TierResource> limiting;
  double highest_requests_per_second = 0;
  std::optional<double> users;                ///< of the highest step
  std::optional<double> least_cycle_seconds;  ///< users / throughput in the lowest step
  bool operator==(const WhatIfBasis&) const = default;
};

/// Pure.
WhatIfAnswer what_if(const WhatIf& question, const WhatIfBasis& basis);

}  // namespace tierwatch
