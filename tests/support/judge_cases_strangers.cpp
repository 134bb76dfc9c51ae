// SPDX-License-Identifier: MIT
//
// Processors that programs of no tier use: does anybody go short of them?
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

/// Two event loops on two processors, of which others have the rest.
void share_with_loops(JudgeInput& in, double cores, double delay) {
  in.host.processors = 2;
  in.host.busy_cores = 1.99;
  in.host.foreign = {{.pid = 4000, .comm = "wrk", .cores = 0.35}};
  for (TierFacts& tier : in.tiers) {
    tier.quota.reset();
    tier.allowed_cpus = 2;
    tier.cpu_cores = tier.serving_cores = tier.thread_run_cores = 0;
  }
  use_cpu(tier_of(in, "nginx"), cores, delay);
}

}  // namespace

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
      {"event loops run or wait for a core all the time", "nginx cpu",
       [](JudgeInput& in) { share_with_loops(in, 1.62, 0.3); }, &Thresholds::host_cpu, true},
      {"event loops wait for a core now and then, and sleep as often", "nothing",
       [](JudgeInput& in) { share_with_loops(in, 0.85, 0.35); }, nullptr, true},
      {"a quota that another uses up as well, without an account of it", "uwsgi quota",
       [](JudgeInput& in) {
         use_cpu(tier_of(in, "uwsgi"), 0.4, 3);
         tier_of(in, "uwsgi").quota = {
             .cores = 0.8, .used_cores = {}, .least_cores = 0.79, .throttled_ratio = 1};
         fill_workers(tier_of(in, "uwsgi"));
       }},
  };
}

}  // namespace tierwatch
