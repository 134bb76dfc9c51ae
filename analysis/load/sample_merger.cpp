// SPDX-License-Identifier: MIT
#include "analysis/load/sample_merger.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/judge/judge_window.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

/// More than that between two samples is a gap, or a step of the clock.
constexpr double kGapSeconds = 0.5;

bool follows(const RunSample& sample, std::chrono::system_clock::time_point last) {
  const double between = seconds_of(sample.at - last) - sample.facts.seconds;
  return std::abs(between) <= std::min(kGapSeconds, 0.5 * sample.facts.seconds);
}

/// The verdict that held longest.
const RunSample& most_common(const std::vector<RunSample>& samples) {
  const auto same = [](const RunSample& a, const RunSample& b) {
    return a.state == b.state && a.named == b.named;
  };
  const auto seconds = [&](const RunSample& of) {
    double sum = 0;
    for (const RunSample& sample : samples)
      if (same(sample, of)) sum += sample.facts.seconds;
    return sum;
  };
  return *std::ranges::max_element(samples, {}, seconds);
}

}  // namespace

void SampleMerger::add(RunSample sample) {
  const bool alone = last_ && !follows(sample, *last_);
  last_ = sample.at;
  if (alone) merge();
  waiting_.push_back(std::move(sample));
  if (alone || waiting_.size() >= together_) merge();
}

void SampleMerger::merge() {
  if (waiting_.empty()) return;
  RunSample& newest = waiting_.back();
  if (waiting_.size() > 1) {
    std::vector<const JudgeInput*> facts;
    for (const RunSample& sample : waiting_) facts.push_back(&sample.facts);
    const RunSample& common = most_common(waiting_);
    merged_.push_back({.at = newest.at,
                       .facts = window_mean(facts),
                       .state = common.state,
                       .named = common.named});
  } else {
    merged_.push_back(std::move(newest));
  }
  waiting_.clear();
}

std::vector<RunSample> SampleMerger::take() {
  merge();
  last_.reset();
  return std::exchange(merged_, {});
}

}  // namespace tierwatch
