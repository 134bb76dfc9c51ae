// SPDX-License-Identifier: MIT
#include "analysis/runs/run_verdict.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "analysis/judge/shared_cpu.h"
#include "analysis/runs/elsewhere.h"
#include "analysis/runs/host_names.h"
#include "analysis/runs/run_steps.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kConfirmed = 0.10;  ///< between the predicted ceiling and what was measured
constexpr double kConsistent = 0.25;
constexpr double kFarAway = 10;      ///< times as high as what was measured: no number to rely on
constexpr double kContradicted = 2;  ///< times what was reached while it was full
constexpr double kClose = 0.10;      ///< two ceilings that near are reached together

bool names(const StepFindings& step, const TierResource& what) {
  return step.verdict.named() == what;
}

/// CPU of the processors that all share, instead of the tier's own.
bool is_shared(const Verdict& verdict) {
  if (verdict.resource != Resource::kCpu) return false;
  return std::ranges::any_of(verdict.saturations, [&](const Saturation& one) {
    const bool of_host = one.rule == Rule::kSharedCpu || one.bound.ends_with("of the host");
    return one.tier == verdict.tier && one.resource == verdict.resource && of_host &&
           one.state == Heat::kHot;
  });
}

std::string load_words(const LoadStep& step) {
  if (step.users) return count_of(*step.users, "user");
  if (step.requests_per_second) return rate_words(step.requests_per_second->value);
  return "";
}

std::string ceiling_name(const Ceiling& ceiling) {
  const bool host = ceiling.tier == kHostTier;
  return host ? "the cpu of the whole host"
              : ceiling.tier + " " + std::string(to_string(ceiling.resource));
}

/// The ways to lift the limit, as a sentence without an end: "More workers, or faster answers".
std::string advice_of(const Verdict& proof) {
  std::string words = joined(proof.relief, ", or ");
  if (!words.empty()) words.front() = static_cast<char>(std::toupper(words.front()));
  return words;
}

/// Predicted and measured throughput of what limits; how near they are.
std::optional<double> distance_from_ceiling(const RunFindings& findings) {
  const auto highest = findings.highest_requests_per_second();
  if (!highest || !findings.first_ceiling || findings.demand.fitted_steps == 0) return std::nullopt;
  // A demand learnt at the limit itself confirms nothing.
  if (!findings.knee || findings.demand.fitted_steps > findings.knee->step) return std::nullopt;
  const double predicted = findings.first_ceiling->requests_per_second.value;
  return predicted > 0 ? std::optional(std::abs(highest->value / predicted - 1)) : std::nullopt;
}

void set_confidence(const RunFindings& findings, const Verdict& proof, RunVerdict& verdict) {
  int signs = proof.confidence == Confidence::kHigh     ? 2
              : proof.confidence == Confidence::kMedium ? 1
                                                        : 0;
  std::vector<std::string> because{"the judge is " + std::string(to_string(proof.confidence)) +
                                   " on it"};
  if (findings.knee) {
    ++signs;
    because.push_back("throughput stopped growing with the load");
  }
  if (const auto distance = distance_from_ceiling(findings)) {
    signs += *distance <= kConfirmed ? 1 : *distance <= kConsistent ? 0 : -1;
    because.push_back("the ceiling predicted from the steps below the knee is " +
                      percent(*distance) + " away from what was measured");
  }
  if (findings.clock.source == ClockOffset::Source::kAssumed) {
    --signs;
    because.push_back("the clock offset is assumed");
  }
  verdict.confidence = signs >= 2   ? Confidence::kHigh
                       : signs == 1 ? Confidence::kMedium
                                    : Confidence::kLow;
  verdict.confidence_because = listed(because);
}

void set_since(const RunFindings& findings, RunVerdict& verdict) {
  const TierResource what{verdict.tier, verdict.resource};
  for (const StepFindings& step : findings.steps) {
    if (!names(step, what)) continue;
    verdict.since_seconds = step.from_run_begin_seconds;
    verdict.since_users = step.load.users;
    if (step.load.requests_per_second)
      verdict.since_requests_per_second = step.load.requests_per_second->value;
    return;
  }
}

void add_ceiling_evidence(const RunFindings& findings, RunVerdict& verdict) {
  const auto highest = findings.highest_requests_per_second();
  if (findings.knee && highest) {
    const StepFindings& step = findings.steps[findings.knee->step];
    verdict.evidence.push_back("throughput stops growing at " + load_words(step.load) +
                               "; the highest measured is " + rate_words(highest->value));
  }
  if (const auto distance = distance_from_ceiling(findings))
    verdict.evidence.push_back("predicted from the steps below the knee: " +
                               rate_words(findings.first_ceiling->requests_per_second.value) +
                               ", measured " + rate_words(highest->value));
  if (!findings.first_ceiling || !findings.next_ceiling) return;
  const double first = findings.first_ceiling->requests_per_second.value;
  const double next = findings.next_ceiling->requests_per_second.value;
  if (next < first * (1 + kClose))
    verdict.evidence.push_back(ceiling_name(*findings.next_ceiling) +
                               " is nearly used up at the same load, too: it ends at " +
                               rate_words(next));
}

/// More answers may be had from what limits here by a stronger generator: then it is not proven.
void add_generator(const RunFindings& findings, RunVerdict& verdict) {
  if (findings.generator.exhausted) {
    verdict.evidence.push_back(findings.generator.doubts.front());
    if (verdict.confidence == Confidence::kHigh) verdict.confidence = Confidence::kMedium;
  }
  if (!findings.generator.saturated || !findings.generator.hottest_thread) return;
  verdict.evidence.push_back("the load generator fills a core itself (its hottest thread uses " +
                             two_digits(*findings.generator.hottest_thread) +
                             "): it may limit as well");
  if (verdict.confidence != Confidence::kLow) return;
  verdict.confidence_because += (verdict.confidence_because.empty() ? "" : "; ");
  verdict.confidence_because += "the load generator may be what limits";
}

/// Why not the others: what the judge says of them, and how far each was from its ceiling.
void add_counter_evidence(const RunFindings& findings, const StepFindings& proof,
                          RunVerdict& verdict) {
  std::map<std::string, std::string> lines;
  for (const TierAtStep& tier : proof.tiers) {
    if (tier.tier == verdict.tier || tier.tier == kGeneratorTier || !tier.utilization_ratio)
      continue;
    lines[tier.tier] =
        tier.tier + ": cpu " + percent(*tier.utilization_ratio) + " of " + tier.bound;
  }
  for (const VerdictCandidate& candidate : proof.verdict.candidates) {
    if (candidate.why_not.empty() || candidate.what.tier == verdict.tier) continue;
    std::string& line = lines[candidate.what.tier];
    const std::string words =
        std::string(to_string(candidate.what.resource)) + ": " + candidate.why_not;
    line = line.empty() ? candidate.what.tier + ": " + words : line + "; " + words;
  }
  for (const TierDemand& tier : findings.demand.tiers)
    if (const auto line = lines.find(tier.tier); line != lines.end() && !tier.ceilings.empty())
      line->second +=
          "; its ceiling is " + rate_words(tier.ceilings.front().requests_per_second.value);
  for (auto& [tier, line] : lines) verdict.counter_evidence.push_back(std::move(line));
}

std::string next_words(const RunFindings& findings) {
  if (!findings.next_ceiling || !findings.first_ceiling) return "";
  const double next = findings.next_ceiling->requests_per_second.value;
  const double now = findings.first_ceiling->requests_per_second.value;
  if (next <= now * (1 + kClose)) return "";
  const std::string name = ceiling_name(*findings.next_ceiling);
  const std::string verb = findings.next_ceiling->resource == Resource::kWorkers &&
                                   findings.next_ceiling->tier != kHostTier
                               ? " limit"
                               : " limits";
  if (next > now * kFarAway)
    return ". Once that is lifted, nothing else is near: " + name + verb + " last, far above";
  return ". Once that is lifted, " + name + verb + " at about " + rate_words(next);
}

/// For how long: ", for 24 s of 30 s of load".
std::string full_words(const RunFindings& findings, const TierResource& what) {
  double full = 0, all = 0;
  for (const StepFindings& step : findings.steps) {
    all += step.load.seconds();
    if (names(step, what)) full += step.load.seconds();
  }
  const std::string of = full > 0.99 * all ? "all " : "";
  return ", for " + of + duration_words(full) +
         (of.empty() ? " of the " + duration_words(all) : "") + " of load";
}

std::string rate_and_load_words(const RunFindings& findings, const RunVerdict& verdict) {
  std::string words;
  if (const auto highest = findings.highest_requests_per_second())
    words += "; no more than " + rate_words(highest->value);
  if (findings.steps.size() == 1) {
    if (verdict.since_users) words += " for " + count_of(*verdict.since_users, "user");
  } else if (verdict.since_users) {
    words += ", full from " + count_of(*verdict.since_users, "user") + " on";
  } else if (verdict.since_seconds) {
    words += ", full from " + duration_words(std::max(1.0, *verdict.since_seconds)) +
             " after the begin on";
  }
  return words;
}

/// What a failure costs says little of what an answer would.
std::string failed_words(const LoadStep& step) {
  const double failed = step.error_ratio.value_or(0);
  if (failed <= kManyErrors) return "";
  return failed > 0.999 ? "; every request failed"
                        : "; " + percent(failed) + " of the requests failed";
}

/// Of several hosts, what is full at one of them limits those that wait for it.
std::string subject_words(const RunFindings& findings, const std::string& tier) {
  if (!findings.hosts.empty()) return is_full_words(tier) + ": ";
  return tier == kOtherTier ? "other processes of the host limit it: " : tier + " limits it: ";
}

RunVerdict saturated(const RunFindings& findings, const TierResource& what) {
  const StepFindings& proof = *proof_of(findings, what);
  RunVerdict verdict{.outcome = RunVerdict::Outcome::kSaturated,
                     .tier = what.tier,
                     .resource = what.resource,
                     .evidence = proof.verdict.evidence,
                     .blind_spots = proof.verdict.blind_spots};
  set_confidence(findings, proof.verdict, verdict);
  set_since(findings, verdict);
  add_ceiling_evidence(findings, verdict);
  add_counter_evidence(findings, proof, verdict);
  add_generator(findings, verdict);
  verdict.sentence = subject_words(findings, what.tier) + proof.verdict.what;
  verdict.sentence += full_words(findings, what);
  if (!proof.waiters.empty()) verdict.sentence += "; " + proof.waiters;
  verdict.sentence += rate_and_load_words(findings, verdict) + failed_words(proof.load);
  verdict.sentence += next_words(findings);
  verdict.advice = advice_of(proof.verdict);
  if (findings.generator.saturated && verdict.confidence == Confidence::kLow)
    verdict.advice =
        "Run the load generator on another machine, or several of them, first. " + verdict.advice;
  return verdict;
}

RunVerdict unknown(const RunFindings& findings) {
  RunVerdict verdict;
  const std::string why = findings.steps.empty() || findings.samples == 0
                              ? "nothing was recorded in this stretch of time"
                              : findings.steps.back().verdict.reason;
  verdict.sentence = "not known: " + (why.empty() ? "too little was seen" : why);
  return verdict;
}

/// Processors filled by the load generator itself: it limits, not the stack.
bool is_generators_fault(const RunFindings& findings, const TierResource& what) {
  if (what.tier != kOtherTier || !findings.generator.watched) return false;
  const StepFindings* proof = proof_of(findings, what);
  double others = 0, generator = findings.generator.cpu_cores.value_or(0);
  for (const TierAtStep& tier : proof->tiers)
    if (tier.tier != kGeneratorTier) others += tier.cpu_cores.value_or(0);
  const double foreign = proof->host.busy_cores.value_or(0) - others;
  return generator >= 0.5 * foreign;
}

double& time_of(const TierResource& what, std::vector<std::pair<TierResource, double>>& seconds) {
  const auto found =
      std::ranges::find(seconds, what, [](const auto& entry) { return entry.first; });
  return found != seconds.end() ? found->second : seconds.emplace_back(what, 0.0).second;
}

}  // namespace

const StepFindings* proof_of(const RunFindings& findings, const TierResource& what) {
  const StepFindings* proof = nullptr;
  for (const StepFindings& step : findings.steps) {
    if (!names(step, what)) continue;
    const auto rate = [](const StepFindings& one) {
      return one.load.requests_per_second ? one.load.requests_per_second->value : 0;
    };
    if (!proof || rate(step) >= rate(*proof)) proof = &step;
  }
  return proof;
}

std::optional<TierResource> limiting_resource(std::span<const StepFindings> steps,
                                              const std::optional<Knee>& knee) {
  const auto busiest = busiest_step(steps);
  if (!busiest) return std::nullopt;
  // Without a knee the early steps are not full by nature: the highest load is what is asked for.
  if (!knee && steps[*busiest].load.requests_per_second) return steps[*busiest].verdict.named();
  std::vector<std::pair<TierResource, double>> seconds;
  double nobody = 0;
  for (std::size_t i = knee ? knee->step : 0; i < steps.size(); ++i) {
    if (const auto named = steps[i].verdict.named())
      time_of(*named, seconds) += steps[i].load.seconds();
    else if (knee && is_flat(steps[i].shape))  // others came later with less load
      nobody += steps[i].load.seconds();
  }
  const auto longest =
      std::ranges::max_element(seconds, {}, [](const auto& entry) { return entry.second; });
  if (longest == seconds.end() || longest->second < nobody) return std::nullopt;
  return longest->first;
}

std::optional<Ceiling> ceiling_of_limit(const RunFindings& findings, const TierResource& what) {
  const StepFindings* proof = proof_of(findings, what);
  const auto highest = findings.highest_requests_per_second();
  if (!proof || !highest) return std::nullopt;
  const bool shared = is_shared(proof->verdict);
  for (const Ceiling& ceiling : findings.demand.ceilings) {
    const bool same = shared ? ceiling.tier == kHostTier
                             : ceiling.tier == what.tier && ceiling.resource == what.resource;
    // A tier that is full at half of it, or less, has another limit: one pool of several.
    if (same && ceiling.requests_per_second.low > kContradicted * highest->value) break;
    if (same) return ceiling;
  }
  return Ceiling{.tier = what.tier,
                 .resource = what.resource,
                 .bound = "as measured",
                 .requests_per_second = *highest,
                 .used_ratio = 1.0,
                 .headroom_ratio = 0.0};
}

std::optional<Ceiling> ceiling_after(const DemandFindings& demand, const Ceiling& first) {
  for (const Ceiling& ceiling : demand.ceilings) {
    const bool same = ceiling.tier == first.tier && ceiling.resource == first.resource &&
                      ceiling.kind == first.kind;
    // One that is wider by its own numbers; a narrower one would have shown first.
    if (!same && ceiling.requests_per_second.high >= first.requests_per_second.value)
      return ceiling;
  }
  return std::nullopt;
}

RunVerdict conclude(const RunFindings& findings) {
  const auto what = limiting_resource(findings.steps, findings.knee);
  const bool judged = std::ranges::any_of(findings.steps, [](const StepFindings& step) {
    return step.verdict.state != VerdictState::kUnknown;
  });
  RunVerdict verdict = !judged                                         ? unknown(findings)
                       : what && !is_generators_fault(findings, *what) ? saturated(findings, *what)
                                                                       : look_elsewhere(findings);
  for (const StepFindings& step : findings.steps)
    if (const auto named = step.verdict.named())
      if (std::ranges::find(verdict.named_in_order, *named) == verdict.named_in_order.end())
        verdict.named_in_order.push_back(*named);
  return verdict;
}

}  // namespace tierwatch
