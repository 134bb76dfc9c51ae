// SPDX-License-Identifier: MIT
//
// The judge on windows of real servers. The rules were written down before; no number here may be
// chosen for a single window.
#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>

#include "analysis/judge/judge.h"
#include "analysis/verdict.h"
#include "tests/support/fixture.h"
#include "tests/support/judge_cases.h"
#include "tests/support/recorded_windows.h"

namespace tierwatch {
namespace {

/// The names of the file in the words of the product: there, a single thread was "cpu", too.
const std::map<std::string, std::string> kTruths = {
    {"none", "nothing"},           {"nginx cpu", "nginx thread"}, {"redis cpu", "redis thread"},
    {"uwsgi gil", "uwsgi thread"}, {"nginx fd", "nginx fds"},
};

/// What may be said of a window; empty: it is counted apart.
std::vector<std::string> truths_of(const RecordedWindow& window) {
  constexpr double kWindow = 5, kKnee = 19.8;
  if (window.truth == "ramp uwsgi cpu") {
    std::vector<std::string> truths;
    if (window.at_seconds < kKnee) truths.push_back("nothing");
    if (window.at_seconds + kWindow > kKnee) truths.push_back("uwsgi cpu");
    return truths;
  }
  // Memory grows for 15 s before it is near its limit: until then there is nothing to see.
  if (window.truth == "uwsgi memory" && window.memory_ratio < 0.90 && !window.oom_kill) return {};
  const auto known = kTruths.find(window.truth);
  return {known == kTruths.end() ? window.truth : known->second};
}

using Confusion = std::map<std::string, std::map<std::string, int>>;

void print(const Confusion& confusion) {
  for (const auto& [truth, found] : confusion) {
    std::cout << std::left << std::setw(24) << truth;
    for (const auto& [name, count] : found) std::cout << "  " << name << " " << count;
    std::cout << "\n";
  }
}

struct Score {
  int right = 0, judged = 0, apart = 0;
  double ratio() const { return static_cast<double>(right) / judged; }
};

Score judge_all(const Sight& sight) {
  Score score;
  Confusion confusion;
  for (const RecordedWindow& window : recorded_windows(fixture("judge/windows.csv"), sight)) {
    const Verdict verdict = judge(window.facts);
    const std::string found = named_by(verdict);
    const auto truths = truths_of(window);
    ++confusion[truths.empty() ? "(memory not near yet)" : truths.back()][found];
    if (truths.empty()) {
      ++score.apart;
      continue;
    }
    ++score.judged;
    if (std::ranges::find(truths, found) != truths.end())
      ++score.right;
    else
      std::cout << window.scenario << " at " << window.at_seconds << " s, " << window.truth << ": "
                << verdict.sentence << "\n";
  }
  print(confusion);
  std::cout << score.right << " of " << score.judged << " right, " << score.apart << " apart\n";
  return score;
}

TEST(RecordedWindows, AreAllThere) {
  const auto windows = recorded_windows(fixture("judge/windows.csv"), {});
  EXPECT_EQ(windows.size(), 115u);
  for (const RecordedWindow& window : windows) EXPECT_EQ(window.facts.tiers.size(), 4u);
}

TEST(RecordedWindows, AreNamedRightWithAllSignals) { EXPECT_GE(judge_all({}).ratio(), 0.99); }

TEST(RecordedWindows, AreNamedRightWithoutPrivilege) {
  EXPECT_GE(judge_all({.worker_states = false}).ratio(), 0.99);
}

TEST(RecordedWindows, AreMostlyNamedRightByAcceptQueuesWithoutAnyWorkerCounts) {
  EXPECT_GE(judge_all({.worker_states = false, .in_service = false}).ratio(), 0.90);
}

TEST(RecordedWindows, TitlesAreWorthTheirReading) {
  EXPECT_LT(judge_all({.titles = false}).ratio(), judge_all({}).ratio());
}

TEST(RecordedWindows, WindowsWithNothingFullAreNeverBlamedOnATier) {
  for (const Sight& sight : {Sight{}, Sight{.worker_states = false}, Sight{.titles = false}})
    for (const RecordedWindow& window : recorded_windows(fixture("judge/windows.csv"), sight)) {
      if (window.truth != "none") continue;
      const Verdict verdict = judge(window.facts);
      EXPECT_EQ(verdict.state, VerdictState::kClear) << window.scenario << ": " << verdict.sentence;
    }
}

TEST(RecordedWindows, OrderOfTiersChangesNothing) {
  for (RecordedWindow& window : recorded_windows(fixture("judge/windows.csv"), {})) {
    const Verdict forward = judge(window.facts);
    std::ranges::reverse(window.facts.tiers);
    EXPECT_EQ(judge(window.facts).sentence, forward.sentence) << window.scenario;
  }
}

}  // namespace
}  // namespace tierwatch
