// SPDX-License-Identifier: MIT
#include "analysis/runs/elsewhere.h"

#include <algorithm>
#include <cmath>

#include "analysis/runs/run_steps.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using LookAt = RunVerdict::LookAt;

constexpr double kSeenByServer = 0.5;    ///< of the requests under way, at the front tier
constexpr double kQueued = 0.10;         ///< of the time: less is no queue
constexpr double kPauses = 0.5;          ///< of a user's cycle
constexpr double kMuchFails = 0.05;      ///< of the requests: they are refused, or go nowhere
constexpr double kNearlyAll = 0.9;       ///< of the requests
constexpr double kAlwaysUnderWay = 0.9;  ///< of the users have a request under way
constexpr double kNotAtOnce = 0.5;       ///< seconds: who refuses a request does not take so long
constexpr double kFarFromLimit = 9;      ///< more than was measured: no number to rely on

/// Requests that the server has, by the tier that has most: in service and in its queue.
std::optional<double> on_server(const StepFindings& step) {
  std::optional<double> most;
  for (const TierAtStep& tier : step.tiers) {
    if (tier.tier == kGeneratorTier || !tier.busy_workers) continue;
    const double here = *tier.busy_workers + tier.queue_mean.value_or(0);
    if (!most || here > *most) most = here;
  }
  return most;
}

bool has_flat_step(const RunFindings& findings) {
  return std::ranges::any_of(findings.steps, is_flat, &StepFindings::shape);
}

/// Several steps, and throughput grew with the load up to the last.
bool still_grows(const RunFindings& findings) {
  return !findings.knee && std::ranges::any_of(findings.steps, [](const StepFindings& step) {
    return step.shape == StepShape::kLinear;
  });
}

std::optional<double> pause_share(const RunFindings& findings, const StepFindings& step) {
  const auto& load = step.load;
  if (!findings.generator.think_seconds || !load.users || !load.requests_per_second ||
      load.requests_per_second->value <= 0)
    return std::nullopt;
  return *findings.generator.think_seconds / (*load.users / load.requests_per_second->value);
}

bool much_fails(const StepFindings& step) {
  return step.load.error_ratio.value_or(0) >= kMuchFails;
}

/// Requests that begin at a pace may keep step with the samples: how many workers are busy at these
/// moments is then that of one phase, not the mean.
bool may_keep_step(const RunFindings& findings, const StepFindings& step) {
  if (!findings.offered) return false;
  const SendingModel& sending = findings.offered->sending;
  if (sending.model == LoadModel::kPaced) return true;
  // Its connections rest, and whether that is a pace was not seen.
  const auto under_way = step.load.under_way();
  return sending.model == LoadModel::kClosed && !sending.measured && step.load.users && under_way &&
         *under_way < kAlwaysUnderWay * *step.load.users;
}

/// How long a user was busy with a request that failed, as nearly all did; absent: not known.
std::optional<double> seconds_of_a_failure(const RunFindings& findings, const StepFindings& step) {
  const LoadStep& load = step.load;
  if (!findings.offered || findings.offered->sending.model != LoadModel::kClosed || !load.users ||
      !load.requests_per_second || load.requests_per_second->value <= 0 ||
      load.error_ratio.value_or(0) < kNearlyAll)
    return std::nullopt;
  const double cycle = *load.users / load.requests_per_second->value;
  return cycle - findings.offered->sending.pause_seconds.value_or(0);
}

bool is_given_up(const RunFindings& findings, const StepFindings& step) {
  return seconds_of_a_failure(findings, step).value_or(0) >= kNotAtOnce;
}

LookAt place_to_look(const RunFindings& findings, const StepFindings& step) {
  if (findings.generator.exhausted) return LookAt::kGenerator;
  if (much_fails(step)) return LookAt::kErrors;
  if (findings.generator.saturated) return LookAt::kGenerator;
  const auto pauses = pause_share(findings, step);
  const auto under_way = step.load.under_way();
  const auto here = on_server(step);
  const bool far_fewer_here = under_way && here && *under_way >= 2 &&
                              *here < kSeenByServer * *under_way && !may_keep_step(findings, step);
  if (has_flat_step(findings)) return far_fewer_here ? LookAt::kNetwork : LookAt::kGenerator;
  if (pauses && *pauses >= kPauses) return LookAt::kThinkTime;
  return far_fewer_here ? LookAt::kNetwork : LookAt::kMoreLoad;
}

std::string why_more_load(const RunFindings& findings) {
  const LoadModel model = findings.offered ? findings.offered->sending.model : LoadModel::kUnknown;
  if (model == LoadModel::kClosed)
    return "each connection waits for its answer before it asks again: more of them would bring "
           "more answers";
  if (model == LoadModel::kUnknown) return "more load would bring more answers";
  return "requests came at a pace of their own, and were answered: a higher one would bring more "
         "answers";
}

std::string reason_for(LookAt place, const RunFindings& findings, const StepFindings& step) {
  switch (place) {
    case LookAt::kGenerator:
      if (findings.generator.saturated && findings.generator.hottest_thread)
        return "the load generator fills a core itself (its hottest thread uses " +
               two_digits(*findings.generator.hottest_thread) + ")";
      if (findings.generator.exhausted) return findings.generator.doubts.front();
      return "more load brought no more answers while no tier was full: look at the load "
             "generator first, then at the network";
    case LookAt::kNetwork:
      return "of " + whole(step.load.under_way().value_or(0)) +
             " requests under way the server has only " + two_digits(on_server(step).value_or(0)) +
             ": the others are on the network or in the load generator";
    case LookAt::kThinkTime:
      return "users pause for " + two_digits(findings.generator.think_seconds.value_or(0)) +
             " s between requests: that, not the server, sets the throughput";
    case LookAt::kMoreLoad:
      return why_more_load(findings);
    case LookAt::kErrors:
      return percent(step.load.error_ratio.value_or(0)) +
             " of the requests failed while no tier was full; " +
             (is_given_up(findings, step)
                  ? "each took " + two_digits(*seconds_of_a_failure(findings, step)) +
                        " s, so that they were not refused but given up"
                  : "what is refused at once keeps nobody busy");
    case LookAt::kNowhere:
      break;
  }
  return "";
}

std::string advice_at(LookAt place) {
  switch (place) {
    case LookAt::kGenerator:
      return "Run the load generator on another machine, or several of them";
    case LookAt::kNetwork:
      return "Compare with the load generator on the server itself; look at bandwidth, latency and "
             "connections per second";
    case LookAt::kThinkTime:
      return "Add users, or shorten their pauses";
    case LookAt::kMoreLoad:
      return "Raise the load in steps until throughput stops growing";
    case LookAt::kErrors:
      return "Look at the statuses of the answers and at the servers' logs first: a limit that is "
             "not seen may refuse requests, or an upstream is down";
    case LookAt::kNowhere:
      break;
  }
  return "";
}

void add_rows(const StepFindings& step, RunVerdict& verdict) {
  for (const TierAtStep& tier : step.tiers)
    if (tier.tier != kGeneratorTier && tier.utilization_ratio)
      verdict.counter_evidence.push_back(tier.tier + ": cpu " + percent(*tier.utilization_ratio) +
                                         " of " + tier.bound);
}

/// What a server that is not full looks like: its processors, workers and queues.
void add_evidence(const StepFindings& step, RunVerdict& verdict) {
  const HostAtStep& host = step.host;
  if (host.busy_cores && host.processors > 0)
    verdict.evidence.push_back("the host used " + two_digits(*host.busy_cores) + " of " +
                               count_of(host.processors, "core"));
  const TierAtStep* fullest = nullptr;
  bool queues_known = false, queued = false;
  for (const TierAtStep& tier : step.tiers) {
    if (tier.tier == kGeneratorTier) continue;
    if (tier.utilization_ratio.value_or(-1) > (fullest ? *fullest->utilization_ratio : 0))
      fullest = &tier;
    if (tier.workers && tier.busy_workers && *tier.busy_workers < *tier.workers)
      verdict.evidence.push_back(tier.tier +
                                 " had free workers: " + few_digits(*tier.busy_workers) + " of " +
                                 whole(*tier.workers) + " busy");
    queues_known |= tier.queued_ratio.has_value();
    queued |= tier.queued_ratio.value_or(0) >= kQueued;
  }
  if (fullest)
    verdict.evidence.push_back("the fullest tier was " + fullest->tier + ": cpu " +
                               percent(*fullest->utilization_ratio) + " of " + fullest->bound);
  if (queues_known && !queued)
    verdict.evidence.push_back("no connection waited to be accepted: all accept queues were empty");
}

/// Something that could not be seen may well be what limits.
bool sees_too_little(const RunFindings& findings, const StepFindings& step) {
  return step.verdict.confidence == Confidence::kLow && !step.verdict.blind_spots.empty() &&
         !findings.generator.saturated;
}

void say_what_is_not_seen(const StepFindings& step, RunVerdict& verdict) {
  verdict.outcome = RunVerdict::Outcome::kUnknown;
  verdict.look_at = LookAt::kNowhere;
  verdict.sentence = "not known: no limit was seen at " +
                     rate_words(step.load.requests_per_second->value) +
                     ", and none can be ruled out: " + step.verdict.blind_spots.front();
  verdict.advice = "See that first: tierwatch doctor says which right or file is missing";
}

constexpr double kLeastHeadroom = 0.02;  ///< of what was measured: less is none

std::string advice_for(LookAt place, const RunFindings& findings, const StepFindings& step) {
  if (place == LookAt::kErrors && is_given_up(findings, step))
    return "Compare the load generator's time-out with how long answers take, and look at what the "
           "requests wait for";
  return advice_at(place);
}

/// What the mean of the samples cannot tell.
void doubt_busy_workers(const RunFindings& findings, const StepFindings& step,
                        RunVerdict& verdict) {
  if (!on_server(step) || !may_keep_step(findings, step)) return;
  verdict.evidence.push_back(
      "how many workers were busy is seen at single moments: requests that begin at a pace may "
      "keep step with these, and more or fewer were busy in between");
}

std::string headroom_words(const RunFindings& findings) {
  if (!findings.first_ceiling) return "";
  const Ceiling& first = *findings.first_ceiling;
  const std::string name = first.tier == kHostTier
                               ? "the cpu of the whole host"
                               : first.tier + " " + std::string(to_string(first.resource));
  if (first.headroom_ratio && *first.headroom_ratio < kLeastHeadroom)
    return "; " + name + " is close to its limit, too";
  if (first.headroom_ratio.value_or(0) > kFarFromLimit)
    return "; of what was seen, " + name + " would be the first to limit, far above";
  std::string words = "; " + name + " would be the first to limit, at about " +
                      rate_words(first.requests_per_second.value);
  if (first.headroom_ratio)
    words += " (" + percent(*first.headroom_ratio) + " more than was measured)";
  return words;
}

}  // namespace

RunVerdict look_elsewhere(const RunFindings& findings) {
  RunVerdict verdict;
  if (!findings.busiest) return verdict;
  const StepFindings& step = findings.steps[*findings.busiest];
  verdict.blind_spots = step.verdict.blind_spots;
  verdict.evidence = step.verdict.evidence;
  add_evidence(step, verdict);
  doubt_busy_workers(findings, step, verdict);
  add_rows(step, verdict);
  const auto& rate = step.load.requests_per_second;
  const bool grows = still_grows(findings) && !findings.generator.saturated &&
                     !findings.generator.exhausted && !much_fails(step);
  if (!rate || grows) {
    verdict.outcome = RunVerdict::Outcome::kNotSaturated;
    verdict.look_at = rate ? LookAt::kMoreLoad : LookAt::kNowhere;
    verdict.sentence = rate ? "not saturated: throughput still grew with the load, up to " +
                                  rate_words(rate->value) + headroom_words(findings)
                            : step.verdict.sentence;
    verdict.advice = rate ? advice_at(LookAt::kMoreLoad)
                          : "Give the load generator's file (--load FILE): throughput and ceilings "
                            "are computed with it";
    verdict.confidence = verdict.blind_spots.empty() ? Confidence::kHigh : Confidence::kMedium;
    verdict.confidence_because = rate ? "throughput grew in step with the load"
                                      : "no tier was full; how much was asked for is not known";
    return verdict;
  }
  verdict.outcome = RunVerdict::Outcome::kElsewhere;
  verdict.look_at = place_to_look(findings, step);
  const bool errors = verdict.look_at == LookAt::kErrors;
  verdict.sentence = (errors ? "no limit was seen at " : "no limit on the server at ") +
                     rate_words(rate->value) + ": " + reason_for(verdict.look_at, findings, step) +
                     headroom_words(findings);
  verdict.advice = advice_for(verdict.look_at, findings, step);
  if (!errors && sees_too_little(findings, step)) say_what_is_not_seen(step, verdict);
  const bool proven = findings.generator.saturated || has_flat_step(findings);
  verdict.confidence = !verdict.blind_spots.empty() || verdict.look_at == LookAt::kErrors
                           ? Confidence::kLow
                       : proven ? Confidence::kHigh
                                : Confidence::kMedium;
  verdict.confidence_because =
      proven ? "no tier was full and there is a sign of what else it was" : "no tier was full";
  if (findings.clock.source == ClockOffset::Source::kAssumed) {
    verdict.confidence = Confidence::kLow;
    verdict.confidence_because += ", but whether load and server belong together is assumed";
  }
  return verdict;
}

}  // namespace tierwatch
