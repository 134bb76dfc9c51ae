// SPDX-License-Identifier: MIT
//
// Processors that programs of no tier use: does anybody go short of them?
#include "tests/support/judge_cases.h"

namespace tierwatch {
std::vector<JudgeCase> strangers() {
  return {
      {"strangers burn the cpu, the stack has little to do", "nothing",
       [](JudgeInput& in) { burn(in, 6.9); }},
      {"strangers burn the cpu, the stack goes short", "other cpu",
       [](JudgeInput& in) {
         burn(in, 6.5);
         use_cpu(tier_of(in, "uwsgi"), 0.9, 2.5);
         fill_workers(tier_of(in, "uwsgi"));
       },
       &Thresholds::host_cpu},
      {"strangers burn the cpu, the workers mostly sleep", "uwsgi workers",
       [](JudgeInput& in) {
         burn(in, 6.9);
         use_cpu(tier_of(in, "uwsgi"), 0.3, 0.9);
         fill_workers(tier_of(in, "uwsgi"));
       }},
      {"strangers burn the cpu, the workers wait for a tier that goes short", "other cpu",
       [](JudgeInput& in) {
         burn(in, 6.5);
         use_cpu(tier_of(in, "uwsgi"), 0.3, 0.9);
         use_cpu(tier_of(in, "postgres"), 0.4, 1.8);
         fill_workers(tier_of(in, "uwsgi"));
       }},
      {"strangers take the core of a pool under one lock", "other cpu",
       [](JudgeInput& in) {
         burn(in, 7.0);
         pool_of(tier_of(in, "uwsgi"), 1, 8);
         use_cpu(tier_of(in, "uwsgi"), 0.5, 0.5);
         fill_workers(tier_of(in, "uwsgi"));
       },
       &Thresholds::run_delay},
  };
}

}  // namespace tierwatch
