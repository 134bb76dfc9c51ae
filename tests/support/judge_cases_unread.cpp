// SPDX-License-Identifier: MIT
//
// Requests that a server has accepted and not read.
#include <algorithm>
#include <iterator>

#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

TierFacts& add_unread(JudgeInput& in, RoleKind serving, double requests, double unread,
                      double cores = 0.02) {
  TierFacts tier = quiet_tier(serving == RoleKind::kThreaded ? "java" : "uvicorn", serving, 1);
  tier.cpu_cores = tier.serving_cores = tier.thread_run_cores = cores;
  tier.hottest_process->cores = tier.hottest_thread->cores = cores;
  tier.listeners->front().name = "127.0.0.1:8000";
  tier.owed = requests;
  tier.unread = unread;
  in.tiers.push_back(std::move(tier));
  return in.tiers.back();
}

std::vector<JudgeCase> of_threads() {
  return {
      {"no thread of a server reads what came", "java workers",
       [](JudgeInput& in) { add_unread(in, RoleKind::kThreaded, 20, 12); }, nullptr, true},
      {"its threads all wait for a few connections", "java pool",
       [](JudgeInput& in) {
         add_unread(in, RoleKind::kThreaded, 40, 28).peers = {{{"10.0.0.9:25", false, 4, 4}}};
       },
       nullptr, true},
      {"each of its few threads waits for a connection of its own", "java workers",
       [](JudgeInput& in) {
         add_unread(in, RoleKind::kThreaded, 16, 11.5).peers = {{{"10.0.0.9:25", false, 4, 3.8}}};
       },
       nullptr, true},
      {"threads that accept wait for threads that fetch", "java workers",
       [](JudgeInput& in) {
         TierFacts& java = add_unread(in, RoleKind::kThreaded, 7, 0);
         java.peers = {{{"10.0.0.9:25", false, 4, 4}}};
         java.listeners->front().queue_mean = 33;
         java.listeners->front().queued_ratio = 1;
       },
       nullptr, true},
      {"the only thread that reads waits for a processor", "other cpu",
       [](JudgeInput& in) {
         add_unread(in, RoleKind::kThreaded, 8, 5, 0.2).run_delay_cores = 0.7;
         burn(in, 7);
       },
       nullptr, true},
  };
}

std::vector<JudgeCase> of_loops() {
  return {
      {"an event loop does not read what came", "uvicorn workers",
       [](JudgeInput& in) { add_unread(in, RoleKind::kEventWorker, 12, 6); }, nullptr, true},
      {"an event loop is blocked by the only connection it has", "uvicorn workers",
       [](JudgeInput& in) {
         add_unread(in, RoleKind::kEventWorker, 12, 6).peers = {{{"10.0.0.9:25", false, 1, 1}}};
       },
       nullptr, true},
      {"an event loop of several threads reads when it has computed", "nothing",
       [](JudgeInput& in) { add_unread(in, RoleKind::kEventWorker, 12, 11, 0.7).workers = 11; },
       nullptr, true},
      {"an event loop computes and is blocked by turns", "uvicorn workers",
       [](JudgeInput& in) { add_unread(in, RoleKind::kEventWorker, 12, 3, 0.7); }, nullptr, true},
      {"an event loop lets a few uploads wait", "nothing",
       [](JudgeInput& in) { add_unread(in, RoleKind::kEventWorker, 40, 5); }, nullptr, true},
      {"an event loop of several threads waits for a processor", "nothing",
       [](JudgeInput& in) {
         TierFacts& loop = add_unread(in, RoleKind::kEventWorker, 12, 6);
         loop.workers = 11;
         loop.run_delay_cores = 0.6;
       },
       nullptr, true},
      {"workers wait for an event loop that is blocked", "uvicorn workers",
       [](JudgeInput& in) {
         add_unread(in, RoleKind::kEventWorker, 4, 3);
         fill_workers(tier_of(in, "uwsgi"));
         tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kTier, "uvicorn", 0.95}}};
       },
       nullptr, true},
      {"workers wait for mail, beside an event loop that is blocked", "uwsgi workers",
       [](JudgeInput& in) {
         add_unread(in, RoleKind::kEventWorker, 4, 3);
         fill_workers(tier_of(in, "uwsgi"));
         tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kExternal, "10.0.0.9:25", 0.95}}};
       },
       nullptr, true},
      {"connections wait for workers that are stopped", "uwsgi workers",
       [](JudgeInput& in) {
         tier_of(in, "uwsgi").stopped = true;
         tier_of(in, "uwsgi").busy_workers = 0;
         tier_of(in, "uwsgi").listeners->front().queued_ratio = 1;
       }},
  };
}

}  // namespace

std::vector<JudgeCase> unread_cases() {
  std::vector<JudgeCase> all = of_loops();
  std::ranges::move(of_threads(), std::back_inserter(all));
  return all;
}

}  // namespace tierwatch
