// SPDX-License-Identifier: MIT
//
// A stack in numbers, and what should be said when one thing about it is changed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis/verdict.h"

namespace tierwatch {

/// nginx (2 workers) → uWSGI (4 workers) → Postgres and Redis on 8 processors, at ease; every fact
/// of every tier is known.
JudgeInput quiet_stack();

/// The facts of a tier; it must be there.
TierFacts& tier_of(JudgeInput& input, const std::string& name);

/// "uwsgi cpu", "nothing", "unknown".
std::string named_by(const Verdict& verdict);

struct JudgeCase {
  std::string name;
  std::string expected;  ///< as named_by()
  std::function<void(JudgeInput&)> change;
  double Thresholds::*decided_by = nullptr;  ///< without this rule, the answer is another
  bool indivisible = false;  ///< about a single thread or process, which cannot be scaled

  JudgeInput input() const {
    JudgeInput facts = quiet_stack();
    change(facts);
    return facts;
  }
};

const std::vector<JudgeCase>& judge_cases();

}  // namespace tierwatch
