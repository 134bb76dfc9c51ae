// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/compare/run_condition.h"
#include "analysis/compare/run_measures.h"
#include "analysis/load/level_cuts.h"
#include "analysis/runs/host_names.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using ConditionTerm = RunCondition::Term;
using ConditionOp = RunCondition::Op;
using ThresholdOutcome = ThresholdAnswer::Outcome;

bool condition_holds(ConditionOp op, double value, double limit) {
  switch (op) {
    case ConditionOp::kLess:
      return value < limit;
    case ConditionOp::kLessEqual:
      return value <= limit;
    case ConditionOp::kGreater:
      return value > limit;
    case ConditionOp::kGreaterEqual:
      return value >= limit;
    case ConditionOp::kEqual:
      return value == limit;
    case ConditionOp::kNotEqual:
      return value != limit;
    case ConditionOp::kHolds:
      break;
  }
  return false;
}

ThresholdOutcome outcome_of(bool exceeded) {
  return exceeded ? ThresholdOutcome::kExceeded : ThresholdOutcome::kPassed;
}

struct TermOutcome {
  ThresholdOutcome outcome = ThresholdOutcome::kUnknown;
  std::string words;
};

std::string latency_words(double seconds) {
  return seconds >= 1
             ? two_digits(seconds) + " s"
             : (seconds < 0.01 ? two_digits(seconds * 1000) : few_digits(seconds * 1000)) + " ms";
}

std::string measured_words(const RunMeasure& measure, double value) {
  switch (measure.unit) {
    case MeasureUnit::kSeconds:
      return latency_words(value);
    case MeasureUnit::kRate:
      return rate_words(value);
    case MeasureUnit::kCount:
      return whole(value);
    case MeasureUnit::kShare:
      break;
  }
  return few_digits(value * 100) + " %";
}

/// Of the whole run.
std::optional<double> run_value_of(const ConditionTerm& term, const RunFindings& findings) {
  const std::string& name = term.measure;
  if (name == "ceiling" || name == "headroom") {
    if (!findings.first_ceiling) return std::nullopt;
    return name == "ceiling" ? findings.first_ceiling->requests_per_second.value
                             : findings.first_ceiling->headroom_ratio;
  }
  if (name.starts_with(kDemandOf)) {
    const auto tier =
        std::ranges::find(findings.demand.tiers, name.substr(kDemandOf.size()), &TierDemand::tier);
    if (tier == findings.demand.tiers.end()) return std::nullopt;
    return tier->cpu.seconds.value;
  }
  if (!findings.totals || findings.totals->requests <= 0) return std::nullopt;
  const LoadTotals& totals = *findings.totals;
  if (name == "throughput")
    return totals.seconds > 0 ? std::optional(totals.requests_per_second()) : std::nullopt;
  if (name == "requests") return totals.requests;
  if (name == "errors") return term.as_count ? findings.failed() : findings.failed_ratio();
  const std::pair<std::string_view, std::optional<double>> latencies[] = {
      {"latency", totals.mean_seconds}, {"p50", totals.p50_seconds}, {"p90", totals.p90_seconds},
      {"p95", totals.p95_seconds},      {"p99", totals.p99_seconds}, {"max", totals.max_seconds}};
  for (const auto& [latency, value] : latencies)
    if (latency == name) return value;
  return std::nullopt;
}

/// The longest step of so many users.
const LoadStep* step_at(const RunFindings& findings, double users) {
  const LoadStep* found = nullptr;
  for (const StepFindings& step : findings.steps) {
    const LoadStep& load = step.load;
    if (!load.users || std::abs(*load.users - users) > kSameLevel * users) continue;
    if (!found || load.seconds() > found->seconds()) found = &load;
  }
  return found;
}

std::string levels_words(const RunFindings& findings) {
  std::vector<std::string> levels;
  for (const StepFindings& step : findings.steps)
    if (step.load.users) levels.push_back(whole(*step.load.users));
  if (levels.empty()) return "how many users there were is not known";
  return "the run has steps at " + listed(levels) + " users";
}

std::string unknown_words(const ConditionTerm& term, const RunFindings& findings) {
  const std::string begin = term.measure + " is not known: ";
  if (term.measure == "ceiling" || term.measure == "headroom")
    return begin + (findings.demand.missing.empty() ? "no ceiling could be computed"
                                                    : findings.demand.missing);
  if (term.measure.starts_with(kDemandOf)) {
    if (!findings.demand.missing.empty()) return begin + findings.demand.missing;
    return begin + "no tier of that name has a part in this load";
  }
  if (!findings.totals) return begin + "there is no load generator's file";
  if (findings.totals->requests <= 0) return begin + "there was no request";
  return begin + "the result of " + findings.load_tool + " does not say it";
}

TermOutcome judge_number(const ConditionTerm& term, const RunMeasure& measure,
                         const RunFindings& findings) {
  std::optional<double> value;
  std::string where;
  if (term.users) {
    const LoadStep* step = step_at(findings, *term.users);
    if (!step)
      return {.words = "no step at " + whole(*term.users) + " users: " + levels_words(findings)};
    value = measure.at_step(*step);
    where = " at " + whole(*step->users) + " users";
  } else {
    value = run_value_of(term, findings);
  }
  if (!value || !std::isfinite(*value)) return {.words = unknown_words(term, findings)};
  const std::string said = term.as_count ? whole(*value) : measured_words(measure, *value);
  return {outcome_of(condition_holds(term.op, *value, term.value)),
          term.measure + where + " " + said};
}

/// All that could have been named: "nothing of that name was full" is no pass where there is none.
std::set<std::string> tiers_of(const RunFindings& findings) {
  std::set<std::string> names{std::string(kOtherTier), std::string(kHostTier)};
  names.insert(findings.verdict.tier);
  for (const TierDemand& tier : findings.demand.tiers) names.insert(tier.tier);
  for (const StepFindings& step : findings.steps)
    for (const TierAtStep& tier : step.tiers) names.insert(tier.tier);
  names.erase("");
  if (!findings.hosts.empty())  // "postgres" is that of any host
    for (const std::string& name : std::set(names)) names.emplace(tier_without_host(name));
  return names;
}

/// Of several hosts a tier may be asked for with its host, or without.
bool is_asked_for(const std::string& asked, const RunFindings& findings) {
  const std::string& tier = findings.verdict.tier;
  return tier == asked || (!findings.hosts.empty() && tier_without_host(tier) == asked);
}

TermOutcome judge_full(const ConditionTerm& term, const RunFindings& findings) {
  const RunVerdict& verdict = findings.verdict;
  const std::set<std::string> names = tiers_of(findings);
  if (!term.tier.empty() && !names.contains(term.tier))
    return {.words = "no tier " + term.tier + " in this run; there are " +
                     listed({names.begin(), names.end()})};
  if (verdict.outcome == RunVerdict::Outcome::kUnknown)
    return {.words = "what was full is not known: " + verdict.sentence};
  const bool saturated = verdict.outcome == RunVerdict::Outcome::kSaturated;
  const std::string words =
      saturated ? verdict.tier + " " + std::string(to_string(verdict.resource)) + " was full"
                : "nothing on the server was full";
  if (term.op == ConditionOp::kHolds) return {outcome_of(saturated), words};
  const bool is = term.tier.empty() ? !saturated
                                    : saturated && is_asked_for(term.tier, findings) &&
                                          (!term.resource || verdict.resource == *term.resource);
  return {outcome_of(is == (term.op == ConditionOp::kEqual)), words};
}

TermOutcome judge_confidence(const ConditionTerm& term, const RunVerdict& verdict) {
  if (verdict.outcome == RunVerdict::Outcome::kUnknown)
    return {.words = "there is no answer to be confident of: " + verdict.sentence};
  const auto rank = [](Confidence confidence) { return static_cast<double>(confidence); };
  return {outcome_of(condition_holds(term.op, rank(verdict.confidence), rank(term.confidence))),
          "confidence " + std::string(to_string(verdict.confidence))};
}

TermOutcome judge_term(const ConditionTerm& term, const RunFindings& findings) {
  if (term.measure == kFull) return judge_full(term, findings);
  if (term.measure == kConfidence) return judge_confidence(term, findings.verdict);
  return judge_number(term, *known_run_measure(term.measure), findings);
}

/// kExceeded is true, kPassed false: "and" and "or" as in SQL.
ThresholdOutcome both(ThresholdOutcome a, ThresholdOutcome b) {
  if (a == ThresholdOutcome::kPassed || b == ThresholdOutcome::kPassed)
    return ThresholdOutcome::kPassed;
  return a == ThresholdOutcome::kUnknown || b == ThresholdOutcome::kUnknown
             ? ThresholdOutcome::kUnknown
             : ThresholdOutcome::kExceeded;
}
ThresholdOutcome either(ThresholdOutcome a, ThresholdOutcome b) {
  if (a == ThresholdOutcome::kExceeded || b == ThresholdOutcome::kExceeded)
    return ThresholdOutcome::kExceeded;
  return a == ThresholdOutcome::kUnknown || b == ThresholdOutcome::kUnknown
             ? ThresholdOutcome::kUnknown
             : ThresholdOutcome::kPassed;
}

}  // namespace

ThresholdAnswer evaluate(const RunCondition& condition, const RunFindings& findings) {
  ThresholdAnswer answer{condition.text, ThresholdOutcome::kPassed, ""};
  ThresholdOutcome alternative = ThresholdOutcome::kExceeded;
  std::vector<std::string> words;
  for (const ConditionTerm& term : condition.terms) {
    if (term.after_or) {
      answer.outcome = either(answer.outcome, alternative);
      alternative = ThresholdOutcome::kExceeded;
    }
    const TermOutcome one = judge_term(term, findings);
    alternative = both(alternative, one.outcome);
    if (std::ranges::find(words, one.words) == words.end()) words.push_back(one.words);
  }
  if (!condition.terms.empty()) answer.outcome = either(answer.outcome, alternative);
  answer.words = joined(words, "; ");
  return answer;
}

}  // namespace tierwatch
