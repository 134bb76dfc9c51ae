// SPDX-License-Identifier: MIT
//
// A stack at ease, in numbers: what the cases of the judge change one thing about.
#pragma once

#include <string>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"

namespace tierwatch {

inline constexpr double kMebibyte = 1024 * 1024;

/// A tier at ease whose every fact is known, with a quota, a memory limit and a listener.
TierFacts quiet_tier(const std::string& name, RoleKind serving, double processes);

/// nginx (2 workers) → uWSGI (4 workers) → Postgres and Redis on 8 processors, at ease; every fact
/// of every tier is known.
JudgeInput quiet_stack();

/// The facts of a tier; it must be there.
TierFacts& tier_of(JudgeInput& input, const std::string& name);

}  // namespace tierwatch
