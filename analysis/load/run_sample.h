// SPDX-License-Identifier: MIT
//
// One tick of a recorded run, as the analysis of runs reads it: the same facts that the live
// verdict stands on, so that a steady window of a run is judged by the same judge.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// The load generator's own processes, when they run on this machine and are watched.
inline constexpr std::string_view kGeneratorTier = "load-generator";

struct RunSample {
  std::chrono::system_clock::time_point at{};   ///< end of the interval, by this machine's clock
  JudgeInput facts;                             ///< of this interval alone
  VerdictState state = VerdictState::kUnknown;  ///< the live verdict at this tick
  std::optional<TierResource> named;
  bool operator==(const RunSample&) const = default;
};

/// When a run began and ended, by this machine's clock: of what `record` started, its command;
/// what is recorded around it is no part of it.
struct RunTime {
  std::chrono::system_clock::time_point begin{}, end{};
};

/// A person's note on the time axis.
struct RunMark {
  std::chrono::system_clock::time_point at{};
  std::string text;
  bool operator==(const RunMark&) const = default;
};

/// A setting that became another, or was seen for the first time.
struct SettingAt {
  std::chrono::system_clock::time_point at{};
  std::string tier, name;       ///< as in RunSetting
  std::optional<double> value;  ///< absent: no longer known
  bool operator==(const SettingAt&) const = default;
};

}  // namespace tierwatch
