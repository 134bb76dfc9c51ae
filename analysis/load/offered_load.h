// SPDX-License-Identifier: MIT
//
// The load that was asked for beside the one that came about.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analysis/load/hidden_requests.h"
#include "analysis/load/load_steps.h"
#include "analysis/load/sending_model.h"

namespace tierwatch {

/// Requests per second of one step.
struct OfferedInStep {
  std::optional<double> offered_per_second;   ///< were due
  std::optional<double> sent_per_second;      ///< began
  std::optional<double> achieved_per_second;  ///< ended, answered or failed
  std::optional<double> short_ratio;          ///< of what was offered was not achieved
  bool operator==(const OfferedInStep&) const = default;
};

struct OfferedLoad {
  SendingModel sending;
  std::optional<double> asked_per_second;  ///< by the load generator's command line
  std::string asked_by;                    ///< "wrk2 -R 2000"
  std::vector<OfferedInStep> steps;        ///< one for each of the run's; empty: none can be placed
  std::optional<double> dropped;           ///< requests that were due and never sent
  std::string words;                     ///< what fell short; or why what was offered is not known
  std::optional<HiddenRequests> hidden;  ///< absent: nothing, or not known
  std::string hidden_words;  ///< what coordinated omission hides; or why it is not known
  bool operator==(const OfferedLoad&) const = default;
};

/// `start`: where the load's points count from, by our clock; absent: its steps cannot be placed.
/// `command` is the load generator's, or empty. Pure.
OfferedLoad find_offered(const LoadSeries& load, std::span<const LoadStep> steps,
                         std::optional<std::chrono::system_clock::time_point> start,
                         const std::string& command);

}  // namespace tierwatch
