// SPDX-License-Identifier: MIT
//
// What would help: a verdict names a limit, and each limit has its ways of being lifted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Ways to lift the limit `named`, each by itself, the most direct first: "more workers", "raise
/// its CPU quota (0.5 core)", "nothing on this host: look at 10.0.0.9:25". `waiting`: what the
/// requests of the named tier wait for in the end. Pure; never empty.
std::vector<std::string> relief(const Saturation& named, const std::optional<WaitingOn>& waiting,
                                const JudgeInput& input, const Thresholds& thresholds = {});

}  // namespace tierwatch
