// SPDX-License-Identifier: MIT
//
// What should be said when one thing about the quiet stack is changed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analysis/thresholds.h"
#include "analysis/verdict.h"
#include "tests/support/quiet_stack.h"

namespace tierwatch {

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
/// The one of that name; throws std::out_of_range for none.
const JudgeCase& judge_case(const std::string& name);

/// What cases are made with.
void use_cpu(TierFacts& tier, double cores, double delay = 0);
void fill_workers(TierFacts& tier, double queue = 6);
void pool_of(TierFacts& tier, double processes, double threads_each = 1);
void burn(JudgeInput& input, double cores);  ///< by a program of no tier

/// Parts of them (judge_cases_stacks.cpp): is anybody denied, and who waits for whom.
std::vector<JudgeCase> demand_cases();
std::vector<JudgeCase> path_cases();
/// And judge_cases_limits.cpp.
std::vector<JudgeCase> host_memory_cases();
std::vector<JudgeCase> limits_of_places();
/// And judge_cases_unread.cpp.
std::vector<JudgeCase> unread_cases();
/// And judge_cases_strangers.cpp.
std::vector<JudgeCase> strangers();

}  // namespace tierwatch
