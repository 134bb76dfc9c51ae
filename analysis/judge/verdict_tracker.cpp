// SPDX-License-Identifier: MIT
#include "analysis/judge/verdict_tracker.h"

#include <algorithm>
#include <cmath>

#include "analysis/judge/by_tier.h"
#include "analysis/judge/judge.h"
#include "analysis/judge/judge_constants.h"
#include "analysis/judge/judge_window.h"
#include "analysis/judge/saturation.h"
#include "analysis/judge/verdict_sentence.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

HotSet hot_of(const std::vector<Saturation>& saturations) {
  HotSet hot;
  for (const Saturation& one : saturations)
    if (one.state == Heat::kHot) hot.insert({one.tier, one.resource});
  return hot;
}

bool same_verdict(const Verdict& a, const Verdict& b) {
  return a.state == b.state && a.named() == b.named();
}

}  // namespace

VerdictTracker::VerdictTracker(ThresholdTable thresholds, SustainOptions sustain)
    : thresholds_(std::move(thresholds)), sustain_(sustain) {
  begin();
}

void VerdictTracker::begin() {
  window_.clear();
  next_.reset();
  since_kill_.clear();
  window_hot_.clear();
  current_ = {};
  current_.reason = "not watched for " + duration_words(sustain_.window_seconds) + " yet";
  say();
}

const Verdict& VerdictTracker::say() {
  current_.sentence = verdict_sentence(current_);
  return said_ = by_tier(current_);
}

const Verdict& VerdictTracker::add(JudgeInput sample) {
  const double seconds = sample.seconds;
  if (!(seconds > 0)) return said_;
  if (seconds > kLongestSample) {
    changes_ += current_.state != VerdictState::kUnknown;
    begin();
    return said_;
  }
  keep(by_instance(std::move(sample)));
  count(window_.back().facts);
  remember_kills(window_.back().facts);
  if (window_seconds() < sustain_.window_seconds * (1 - kPunctuality)) return said_;
  const Verdict seen = judge_window();
  if (auto found = agreed(seen)) {
    tell_kills(*found);
    decide(*std::move(found), seconds);
  } else {
    current_.since_seconds += seconds;
  }
  if (tells_of_strangers()) leave_strangers();
  take_requests(current_, seen);
  return say();
}

/// Of tiers that are watched no more, or had no process in the whole window. What was found of them
/// would last for as long as findings contradict each other.
bool VerdictTracker::tells_of_strangers() const {
  const auto is_here = [](const JudgeInput& facts, std::string_view tier, bool running) {
    return std::ranges::any_of(facts.tiers, [&](const TierFacts& one) {
      return tier_part(one.name) == tier && (!running || one.processes > 0);
    });
  };
  const auto is_strange = [&](const std::string& name) {
    const std::string_view tier = tier_part(name);
    if (tier == kOtherTier || tier == kExternalTier) return false;
    return !is_here(window_.back().facts, tier, false) ||
           std::ranges::none_of(
               window_, [&](const Sample& sample) { return is_here(sample.facts, tier, true); });
  };
  return (current_.named() && is_strange(current_.tier)) ||
         std::ranges::any_of(current_.saturations,
                             [&](const Saturation& one) { return is_strange(one.tier); }) ||
         std::ranges::any_of(current_.path, [&](const PathStep& one) {
           return one.watched && is_strange(one.name);
         });
}

/// There is no time to confirm anything: what is true of the newest second is said.
void VerdictTracker::leave_strangers() {
  Verdict end =
      judge(mean_of_newest(sustain_.newest_seconds), thresholds_, window_hot_, std::nullopt);
  same_verdict(end, current_) ? decide(std::move(end), 0) : adopt(std::move(end));
}

void VerdictTracker::remember_kills(const JudgeInput& facts) {
  for (auto& [tier, seconds] : since_kill_) seconds += facts.seconds;
  std::erase_if(since_kill_, [](const auto& one) { return one.second > kKillMatters; });
  for (const TierFacts& tier : facts.tiers)
    if (tier.oom_kills.value_or(0) > 0) since_kill_[tier.name] = 0;
}

/// "Nothing is full" right after a kill is true for as long as it takes to grow again.
void VerdictTracker::tell_kills(Verdict& found) const {
  if (found.state != VerdictState::kClear || since_kill_.empty()) return;
  found.confidence = Confidence::kLow;
  for (const auto& [tier, seconds] : since_kill_)
    found.blind_spots.push_back(tier + ": one of its processes was OOM-killed a short while ago");
  std::ranges::sort(found.blind_spots);
}

void VerdictTracker::keep(JudgeInput facts) {
  window_.push_back({std::move(facts), {}});
  double rest = window_seconds();
  while (window_.size() > 1) {
    rest -= window_.front().facts.seconds;
    if (rest < sustain_.window_seconds * (1 - kPunctuality)) break;
    window_.pop_front();
  }
}

void VerdictTracker::count(const JudgeInput& facts) {
  tick_hot_ = hot_of(assess(facts, thresholds_, tick_hot_));
  for (const TierResource& what : by_tier(tick_hot_)) saturated_seconds_[what] += facts.seconds;
  window_.back().hot = tick_hot_;
}

double VerdictTracker::window_seconds() const {
  double seconds = 0;
  for (const Sample& sample : window_) seconds += sample.facts.seconds;
  return seconds;
}

JudgeInput VerdictTracker::mean_of_newest(double seconds) const {
  std::vector<const JudgeInput*> samples;
  double taken = 0;
  for (auto sample = window_.rbegin(); sample != window_.rend(); ++sample) {
    if (taken >= seconds * (1 - kPunctuality)) break;
    samples.push_back(&sample->facts);
    taken += sample->facts.seconds;
  }
  std::ranges::reverse(samples);
  return window_mean(samples);
}

Verdict VerdictTracker::judge_window() {
  Verdict found =
      judge(mean_of_newest(window_seconds()), thresholds_, window_hot_, current_.named());
  window_hot_ = hot_of(found.saturations);
  return found;
}

/// What a window found, if its end agrees; nothing full, if its end says that it is over; and
/// nothing at all while the end points elsewhere. That comes with every step of load: a queue is
/// there after half a window, the full CPU behind it only after nine tenths.
std::optional<Verdict> VerdictTracker::agreed(const Verdict& found) const {
  const bool was_full = current_.state == VerdictState::kSaturated;
  if (found.event || (!found.named() && !was_full)) return found;
  Verdict end =
      judge(mean_of_newest(sustain_.newest_seconds), thresholds_, window_hot_, current_.named());
  const bool elsewhere = end.named() && end.named() != current_.named();
  if (!found.named()) return elsewhere ? std::nullopt : std::optional(found);
  const bool again = found.named() == current_.named();
  if (again && hot_of(end.saturations).contains(*found.named())) return found;
  if (!end.named()) return end;
  if (end.named() != found.named() || hot_share(*found.named()) < sustain_.hot_share)
    return std::nullopt;
  return found;
}

/// Share of the window's time in which it was so tick by tick. Means of counts would let two bad
/// seconds stand for five.
double VerdictTracker::hot_share(const TierResource& what) const {
  double hot = 0;
  for (const Sample& sample : window_)
    if (sample.hot.contains(what)) hot += sample.facts.seconds;
  return hot / window_seconds() + kRounding;
}

void VerdictTracker::decide(Verdict found, double seconds) {
  current_.since_seconds += seconds;
  if (same_verdict(found, current_)) {
    found.since_seconds = current_.since_seconds;
    current_ = std::move(found);
    next_.reset();
  } else if (next_ && same_verdict(found, *next_)) {
    next_seconds_ += seconds;
    // What happened is over: it need not last.
    if (found.event || next_seconds_ >= sustain_.confirm_seconds) adopt(std::move(found));
  } else {
    next_ = std::move(found);
    next_seconds_ = 0;
  }
}

void VerdictTracker::adopt(Verdict found) {
  found.since_seconds = lasted(found);
  current_ = std::move(found);
  next_.reset();
  ++changes_;
}

/// From the first tick in the window in which it was so.
double VerdictTracker::lasted(const Verdict& verdict) const {
  const auto named = verdict.named();
  double seconds = window_seconds();
  for (const Sample& sample : window_) {
    if (!named || sample.hot.contains(*named)) break;
    seconds -= sample.facts.seconds;
  }
  return std::max(seconds, next_seconds_);
}

}  // namespace tierwatch
