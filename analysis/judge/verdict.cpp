// SPDX-License-Identifier: MIT
#include "analysis/verdict.h"

#include <algorithm>

#include "analysis/judge/blame.h"
#include "analysis/judge/blind_spots.h"
#include "analysis/judge/capacity.h"
#include "analysis/judge/judge.h"
#include "analysis/judge/judge_constants.h"
#include "analysis/judge/path.h"
#include "analysis/judge/relief.h"
#include "analysis/judge/saturation.h"
#include "analysis/judge/shared_cpu.h"
#include "analysis/judge/time_by_tier.h"
#include "analysis/judge/verdict_sentence.h"
#include "analysis/judge/wanted.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

/// Another signal, from another source, says the same.
bool is_confirmed(const Saturation& one, const JudgeInput& input, const ThresholdTable& table) {
  const Thresholds& thresholds = table.of(one.tier);
  const TierFacts* tier = tier_named(input, one.tier);
  if (!tier) return !starved_tiers(input, table).empty() && one.resource == Resource::kCpu;
  const bool queue = queued_ratio(*tier).value_or(0) >= thresholds.queued;
  const bool held = held_ratio(*tier, thresholds).value_or(0) >= thresholds.workers;
  const bool waited_for = std::ranges::any_of(input.tiers, [&](const TierFacts& other) {
    return other.name != one.tier && is_short_of_workers(other, table.of(other.name)) &&
           leads_to(input, other.name, one.tier).value_or(false);
  });
  switch (one.resource) {
    case Resource::kCpu:
    case Resource::kQuota:
      return queue || held || waited_for ||
             run_delay_ratio(*tier).value_or(0) >= thresholds.run_delay ||
             (tier->quota && tier->quota->throttled_ratio.value_or(0) >= kOftenThrottled);
    case Resource::kThread:
      return queue || held || waited_for ||
             (tier->hottest_thread && tier->hottest_thread->cores >= thresholds.event_loop);
    case Resource::kWorkers:
      if (tier->quota_hidden) return false;  // its workers may be held for want of a core
      return queue && (held || tier->stopped || (tier->waits && waiting_on(input, *tier)));
    case Resource::kMemory:
      return one.event || input.host.memory_pressure_ratio.value_or(0) >= kMemoryPressed;
    case Resource::kNetwork:
      return true;  // the link's counters and the connections' queues
    default:
      return queue || waited_for;
  }
}

/// All processors are busy, and the kernel does not say whether the tier waits for one: its held
/// workers may lack CPU, or something else.
bool may_lack_cpu(const Saturation& one, const JudgeInput& input,
                  const ThresholdTable& thresholds) {
  const TierFacts* tier = tier_named(input, one.tier);
  const HostFacts& host = input.host;
  if (!tier || tier->run_delay_cores || !host.busy_cores) return false;
  if (one.rule != Rule::kSharedCpu && one.rule != Rule::kWorkers) return false;
  return !cores_are_idle(host, thresholds.all);
}

Confidence confidence_of(const Saturation& one, const JudgeInput& input,
                         const ThresholdTable& thresholds) {
  const bool confirmed = is_confirmed(one, input, thresholds);
  const bool near = !one.event && one.utilization_ratio &&
                    *one.utilization_ratio < one.full_at + kNearThreshold &&
                    one.full_at + kNearThreshold < 1 && one.resource != Resource::kWorkers;
  // Bytes that lie unread beside an idle processor say more than a queue.
  if (one.rule == Rule::kStuck) return one.used ? Confidence::kMedium : Confidence::kLow;
  if (near && !confirmed) return Confidence::kLow;
  return confirmed && !near && !may_lack_cpu(one, input, thresholds) ? Confidence::kHigh
                                                                     : Confidence::kMedium;
}

Confidence confidence_of_clear(const Verdict& verdict, const JudgeInput& input,
                               const ThresholdTable& thresholds) {
  if (may_be_denied(input, thresholds)) return Confidence::kLow;
  const bool warm = std::ranges::any_of(verdict.saturations, [](const Saturation& one) {
    // A disk that is nearly full denies nobody anything; one with nothing left is told above.
    return one.state == Heat::kWarm && one.resource != Resource::kSpace &&
           one.utilization_ratio.value_or(0) >= one.full_at - 2 * kNearThreshold;
  });
  if (warm) return Confidence::kLow;
  return verdict.blind_spots.empty() ? Confidence::kHigh : Confidence::kMedium;
}

/// Of something full that does not wait for what is named.
std::string why_independent(const Saturation& one, const Verdict& verdict,
                            const JudgeInput& input) {
  if (verdict.tier == kOtherTier) return "other processes take the cpu that it needs, too";
  if (one.tier == kOtherTier) return "what " + verdict.tier + " lacks is something else";
  std::vector<const Saturation*> full;
  for (const Saturation& other : verdict.saturations)
    if (other.state == Heat::kHot) full.push_back(&other);
  if (const Saturation* other = held_by(input, one, full)) return "held by " + other->tier;
  if (leads_to(input, verdict.tier, one.tier).value_or(false))
    return "asked by " + verdict.tier + ", which is full itself";
  return "also full, but " + verdict.tier + " does not wait for it";
}

/// Why something full is not what is named.
std::string why_full_is_not_named(const Saturation& one, const Verdict& verdict,
                                  const JudgeInput& input) {
  if (one.tier == verdict.tier) return "a consequence of what is named, or less full";
  if (std::ranges::find(verdict.joint_with, TierResource{one.tier, one.resource}) !=
      verdict.joint_with.end())
    return "also full, independently";
  const auto leads = leads_to(input, one.tier, verdict.tier);
  const std::string named =
      verdict.tier == kOtherTier ? "the cpu that other processes use" : verdict.tier;
  if (leads.value_or(false)) return "held by " + named;
  if (!leads) return "probably held by " + named + "; its connections are not seen";
  return why_independent(one, verdict, input);
}

/// Why something in use to its threshold is not full: what else it takes.
std::string why_not_full(const Saturation& one, const Verdict& verdict) {
  const bool no_cpu = std::ranges::any_of(verdict.saturations, [&](const Saturation& other) {
    return other.tier == one.tier && is_cpu(other.resource) && other.state == Heat::kHot;
  });
  switch (one.resource) {
    case Resource::kWorkers:
      return no_cpu ? "busy because its cpu is full" : "no request waits for a free one";
    case Resource::kThread:
      return no_cpu ? "its whole cpu is full, not one thread" : "nobody waits for it";
    case Resource::kDisk:
      return "the disk is not slow";
    case Resource::kNetwork:
      return "no answer waits to be sent";
    default:
      return "nobody waits for it";
  }
}

/// For every row: what keeps it from being named.
std::string why_not_named(const Saturation& one, const Verdict& verdict, const JudgeInput& input) {
  if (one.state == Heat::kHot) return why_full_is_not_named(one, verdict, input) + ": " + one.why;
  if (one.utilization_ratio.value_or(0) >= one.full_at - kRounding)
    return why_not_full(one, verdict) + ": " + one.why;
  return (one.state == Heat::kWarm ? "nearly full, " : "not full, ") + one.why;
}

bool is_hotter(const Saturation& a, const Saturation& b) {
  if (a.state != b.state) return a.state > b.state;
  return a.utilization_ratio.value_or(0) > b.utilization_ratio.value_or(0);
}

/// What is hot or warm, and of each other tier that does anything its fullest resource.
std::vector<VerdictCandidate> candidates(const Verdict& verdict, const JudgeInput& input) {
  std::vector<Saturation> ranked = verdict.saturations;
  std::ranges::stable_sort(ranked, is_hotter);
  std::vector<VerdictCandidate> chosen;
  for (const Saturation& one : ranked) {
    const TierResource key{one.tier, one.resource};
    const bool tier_is_shown = std::ranges::any_of(
        chosen, [&](const VerdictCandidate& shown) { return shown.what.tier == one.tier; });
    if (verdict.named() == key || (one.state == Heat::kCalm && tier_is_shown)) continue;
    if (one.state == Heat::kCalm && one.utilization_ratio.value_or(0) < kWorthListing) continue;
    if (chosen.size() < kMostCandidates)
      chosen.push_back({key, one.utilization_ratio, one.state, why_not_named(one, verdict, input)});
  }
  return chosen;
}

/// What so little of is used is no news: idle reads as idle.
std::string nearest_words(const std::vector<Saturation>& saturations) {
  const Saturation* nearest = nullptr;
  for (const Saturation& one : saturations)
    if (one.utilization_ratio && (!nearest || is_hotter(one, *nearest))) nearest = &one;
  if (!nearest) return "";
  if (*nearest->utilization_ratio < kWorthListing) return "the tiers are idle";
  return "nearest: " + nearest->tier + " " + std::string(to_string(nearest->resource)) + " " +
         percent(*nearest->utilization_ratio);
}

std::string why_unknown(const JudgeInput& input) {
  const auto runs = [](const TierFacts& tier) { return tier.processes > 0; };
  if (std::ranges::none_of(input.tiers, runs)) return "no watched tier has a process";
  const bool any_cpu = std::ranges::any_of(
      input.tiers, [&](const TierFacts& tier) { return runs(tier) && tier.cpu_cores; });
  return any_cpu ? "" : "the cpu use of no tier is known yet: that takes two samples";
}

/// Requests that take turns on the connections of a pool wait for its peer, however few of them are
/// there at a time.
std::vector<PathStep> path_through(const JudgeInput& input, const Saturation& pool) {
  const TierFacts* peer = tier_named(input, pool.bound);
  std::vector<PathStep> steps{{.name = pool.bound, .watched = peer != nullptr, .share = {}}};
  if (!peer) return steps;
  const auto downstream = path_from(input, *peer);
  steps.insert(steps.end(), downstream.begin(), downstream.end());
  return steps;
}

/// Its workers are held by a server of which nobody sees what holds it up.
bool held_by_the_unseen(const Verdict& verdict, const JudgeInput& input) {
  if (verdict.resource != Resource::kWorkers || !verdict.waiting_on) return false;
  const TierFacts* peer = tier_named(input, verdict.waiting_on->tier);
  return peer && hides_its_waits(*peer);
}

void name(Verdict& verdict, const Blame& blame, const JudgeInput& input,
          const ThresholdTable& thresholds) {
  const Saturation& one = *blame.bottleneck;
  verdict.state = VerdictState::kSaturated;
  verdict.tier = one.tier;
  verdict.resource = one.resource;
  verdict.event = one.event;
  const TierFacts* tier = tier_named(input, one.tier);
  if (tier) {
    verdict.path = path_to(input, one.tier);
    if (one.resource == Resource::kWorkers || one.resource == Resource::kPool) {
      auto downstream = path_from(input, *tier);
      const bool elsewhere = downstream.empty() || downstream.front().name != one.bound;
      if (one.resource == Resource::kPool && elsewhere) downstream = path_through(input, one);
      verdict.waiting_on = end_of(downstream);
      verdict.path.insert(verdict.path.end(), downstream.begin(), downstream.end());
    }
  }
  verdict.relief = relief(one, verdict.waiting_on, input, thresholds.all);
  verdict.what = bottleneck_words(one, verdict.waiting_on, input, thresholds);
  for (const Saturation* joint : blame.joint)
    verdict.joint_with.push_back({joint->tier, joint->resource});
  verdict.confidence = confidence_of(one, input, thresholds);
  if (held_by_the_unseen(verdict, input))
    verdict.confidence = std::min(verdict.confidence, Confidence::kMedium);
}

}  // namespace

std::string_view to_string(VerdictState state) {
  constexpr std::string_view kNames[] = {"unknown", "clear", "saturated"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(Confidence confidence) {
  constexpr std::string_view kNames[] = {"low", "medium", "high"};
  return kNames[static_cast<std::size_t>(confidence)];
}

Verdict judge(const JudgeInput& input, const ThresholdTable& thresholds, const HotSet& before,
              const std::optional<TierResource>& named_before) {
  Verdict verdict;
  verdict.saturations = assess(input, thresholds, before);
  for (Saturation& one : verdict.saturations) one.why = saturation_words(one, input, thresholds);
  const Blame blame = find_bottleneck(input, thresholds, verdict.saturations, named_before);
  if (blame.bottleneck) {
    name(verdict, blame, input, thresholds);
  } else if (verdict.reason = why_unknown(input); verdict.reason.empty()) {
    verdict.state = VerdictState::kClear;
    verdict.what = nearest_words(verdict.saturations);
  }
  verdict.in_flight = time_by_tier(input);
  verdict.request_time = request_time(verdict.in_flight);
  verdict.blind_spots = blind_spots(verdict, input, thresholds);
  if (verdict.state == VerdictState::kClear)
    verdict.confidence = confidence_of_clear(verdict, input, thresholds);
  if (verdict.state != VerdictState::kUnknown)
    verdict.evidence = evidence_words(verdict, input, thresholds);
  verdict.candidates = candidates(verdict, input);
  verdict.sentence = verdict_sentence(verdict);
  return verdict;
}

}  // namespace tierwatch
