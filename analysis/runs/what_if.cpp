// SPDX-License-Identifier: MIT
#include "analysis/runs/what_if.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kTrustedLow = 0.8, kTrustedHigh = 1.1;  ///< measured / predicted, to correct by
constexpr double kFarBeyond = 2;     ///< times what was reached: no ceiling of this run
constexpr double kInterplay = 0.95;  ///< of a ceiling: what is reached with other tiers in between

constexpr std::pair<std::string_view, PlannedChange::Kind> kChanges[] = {
    {"cores", PlannedChange::Kind::kCores},
    {"workers", PlannedChange::Kind::kWorkers},
    {"quota", PlannedChange::Kind::kQuota}};

std::string words_of(const PlannedChange& change) {
  std::string text = change.tier.empty() ? "" : change.tier + ".";
  text += kChanges[static_cast<std::size_t>(change.kind)].first;
  return text + "=" + few_digits(change.value);
}

std::string question_of(const WhatIf& question) {
  std::string text;
  for (const PlannedChange& change : question.changes)
    text += (text.empty() ? "" : ", ") + words_of(change);
  return text;
}

/// Cores of the host, and with them of every tier that is not pinned; of a tier that is, its own.
void give_cores(double cores, TierFacts* tier, bool this_tier_only, JudgeInput& facts) {
  const double before = facts.host.processors;
  const bool pinned = tier && tier->allowed_cpus && *tier->allowed_cpus < before;
  if (this_tier_only || pinned) {
    tier->allowed_cpus = cores;
    facts.host.processors = std::max(before, cores);
    return;
  }
  facts.host.processors = cores;
  for (TierFacts& one : facts.tiers)
    if (one.allowed_cpus && *one.allowed_cpus >= before) one.allowed_cpus = cores;
}

void give_workers(double workers, TierFacts& tier) {
  const double threads = tier.workers.value_or(0) /
                         std::max(1.0, tier.worker_processes.value_or(tier.workers.value_or(1)));
  tier.worker_processes = workers / std::max(1.0, threads);
  tier.workers = workers;
}

void scale(Estimate& estimate, double factor) {
  estimate.value *= factor;
  estimate.low *= factor;
  estimate.high *= factor;
}

/// The load of event loops is shared by more of them.
void share_loops(const std::string& tier, double factor, DemandFindings& demand) {
  for (TierDemand& one : demand.tiers)
    if (const auto loop = one.bounds.find(CapacityBound::Kind::kHottest);
        one.tier == tier && loop != one.bounds.end())
      scale(loop->second.seconds, factor);
}

std::string unknown_tier(const std::string& name, const JudgeInput& facts) {
  std::vector<std::string> names;
  for (const TierFacts& tier : facts.tiers) names.push_back(tier.name);
  return "there is no tier " + name +
         (names.empty() ? " in this run" : "; those of this run are " + listed(names));
}

/// Empty, or why no change of this kind can be imagined.
std::string apply(const PlannedChange& change, const std::string& name, JudgeInput& facts,
                  DemandFindings& demand) {
  TierFacts* tier = tier_named(facts, name);
  if (change.kind == PlannedChange::Kind::kCores) {
    give_cores(change.value, tier, !change.tier.empty(), facts);
    return "";
  }
  if (!tier) return "no tier was found that could limit: name one, as in TIER." + words_of(change);
  if (change.kind == PlannedChange::Kind::kQuota) {
    tier->quota = QuotaFacts{.cores = change.value};
    return "";
  }
  if (!tier->workers || *tier->workers <= 0) return "the workers of " + name + " are not known";
  share_loops(name, *tier->workers / change.value, demand);
  give_workers(change.value, *tier);
  return "";
}

bool is_rate(Resource resource) {
  return resource == Resource::kCpu || resource == Resource::kThread ||
         resource == Resource::kQuota || resource == Resource::kWorkers;
}

/// What was measured at the first ceiling corrects what is predicted for the next.
double correction(const WhatIfBasis& basis, const Ceiling& first) {
  const double predicted = first.requests_per_second.value;
  if (!basis.limiting || predicted <= 0) return 1;
  const double reached = basis.highest_requests_per_second / predicted;
  return reached >= kTrustedLow && reached <= kTrustedHigh ? reached : 1;
}

std::string per_second(double rate) { return (rate < 10 ? two_digits(rate) : whole(rate)) + "/s"; }

std::string answer_words(const WhatIfAnswer& answer) {
  const Estimate& rate = answer.requests_per_second;
  std::string words = "about " + per_second(rate.value) + " (" + per_second(rate.low) + " to " +
                      per_second(rate.high) + "), now " + per_second(answer.before.value);
  const Ceiling& next = *answer.binds;
  words += "; then " + next.tier + " " + std::string(to_string(next.resource)) + " limits (" +
           next.bound + ")";
  if (answer.with_same_users && *answer.with_same_users < rate.low)
    words += "; " + whole(answer.users.value_or(0)) + " users bring no more than " +
             per_second(*answer.with_same_users) + ": more are needed";
  return words;
}

/// The tier with the lowest ceiling; empty when there is only the host's.
std::string first_tier(const std::vector<Ceiling>& ceilings) {
  const auto found = std::ranges::find_if(
      ceilings, [](const Ceiling& ceiling) { return ceiling.tier != kHostTier; });
  return found == ceilings.end() ? "" : found->tier;
}

/// The lowest ceiling is another one's than what limits, and far above what was reached.
bool is_contradicted_by_run(const WhatIfBasis& basis, const Ceiling& lowest) {
  if (!basis.limiting || basis.highest_requests_per_second <= 0) return false;
  const bool same = lowest.tier == basis.limiting->tier || lowest.tier == kHostTier;
  return !same && lowest.requests_per_second.low > kFarBeyond * basis.highest_requests_per_second;
}

WhatIfAnswer refused(WhatIfAnswer answer, const std::string& why) {
  answer.words = "not predicted: " + why;
  return answer;
}

std::variant<PlannedChange, std::string> parse_change(std::string_view text) {
  const std::string wanted =
      "; write cores=4, workers=8, quota=2 or TIER.workers=8, and with commas what is changed "
      "together";
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return "'" + std::string(text) + "' has no '='" + wanted;
  const std::string_view number = text.substr(equals + 1);
  std::string_view name = text.substr(0, equals);
  PlannedChange change;
  if (const auto dot = name.rfind('.'); dot != std::string_view::npos) {
    change.tier = name.substr(0, dot);
    name = name.substr(dot + 1);
    if (change.tier.empty()) return "no tier before the '.'" + wanted;
  }
  const auto known = std::ranges::find(kChanges, name, [](const auto& one) { return one.first; });
  if (known == std::end(kChanges)) return "'" + std::string(name) + "' cannot be changed" + wanted;
  change.kind = known->second;
  const char* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, change.value);
  if (error != std::errc() || stop != end || !std::isfinite(change.value) || change.value <= 0 ||
      change.value > 1e6)
    return "'" + std::string(number) + "' is no number above zero, up to a million" + wanted;
  const bool whole_number = change.value == std::floor(change.value);
  if (change.kind == PlannedChange::Kind::kWorkers && !whole_number)
    return "workers are counted in whole numbers" + wanted;
  return change;
}

/// The tier that a change is of; empty: of the first that would limit.
std::string changed_tier(const PlannedChange& change, const WhatIfBasis& basis) {
  if (!change.tier.empty()) return change.tier;
  return basis.limiting ? basis.limiting->tier : "";
}

}  // namespace

std::variant<WhatIf, std::string> parse_what_if(std::string_view text) {
  WhatIf question;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    const auto begin = std::min(text.find_first_not_of(' '), text.size());
    const auto change =
        parse_change(text.substr(begin, comma == text.npos ? comma : comma - begin));
    if (const auto* fault = std::get_if<std::string>(&change)) return *fault;
    const auto& planned = std::get<PlannedChange>(change);
    for (const PlannedChange& other : question.changes)
      if (other.kind == planned.kind && other.tier == planned.tier)
        return "'" + words_of(planned) + "' changes what '" + words_of(other) + "' did";
    question.changes.push_back(planned);
    more = comma != text.npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return question;
}

WhatIfAnswer what_if(const WhatIf& question, const WhatIfBasis& basis) {
  WhatIfAnswer answer{.question = question_of(question), .users = basis.users};
  answer.tier = changed_tier(question.changes.front(), basis);
  for (const PlannedChange& change : question.changes)
    if (!change.tier.empty() && !tier_named(basis.facts, change.tier))
      return refused(answer, unknown_tier(change.tier, basis.facts));
  if (!basis.demand.missing.empty()) return refused(answer, basis.demand.missing);
  const auto now = ceilings_of(basis.demand, basis.facts, basis.highest_requests_per_second);
  if (now.empty()) return refused(answer, "what a request costs is not certain enough");
  if (basis.limiting && !is_rate(basis.limiting->resource))
    return refused(answer, "what limits is " + basis.limiting->tier + " " +
                               std::string(to_string(basis.limiting->resource)) +
                               ", which this does not change");
  if (is_contradicted_by_run(basis, now.front()))
    return refused(answer, "what limits is " + basis.limiting->tier + " " +
                               std::string(to_string(basis.limiting->resource)) +
                               ", and at which rate more of it would, this run does not tell");
  // Nothing is full yet: the one that would be first.
  if (answer.tier.empty()) answer.tier = first_tier(now);
  JudgeInput facts = basis.facts;
  DemandFindings demand = basis.demand;
  for (const PlannedChange& change : question.changes) {
    std::string tier = changed_tier(change, basis);
    if (tier.empty()) tier = first_tier(now);
    if (const std::string why = apply(change, tier, facts, demand); !why.empty())
      return refused(answer, why);
  }
  const auto then = ceilings_of(demand, facts, basis.highest_requests_per_second);
  const double corrected = correction(basis, now.front());
  answer.answered = true;
  answer.before = now.front().requests_per_second;
  answer.binds = then.front();
  answer.requests_per_second = then.front().requests_per_second;
  scale(answer.before, corrected);
  scale(answer.requests_per_second, corrected);
  Estimate& rate = answer.requests_per_second;
  rate.low = std::min(rate.low, kInterplay * rate.value);
  rate.high = std::max(rate.high, rate.value / std::max(0.9, corrected));
  if (basis.users && basis.least_cycle_seconds && *basis.least_cycle_seconds > 0)
    answer.with_same_users = *basis.users / *basis.least_cycle_seconds;
  answer.words = answer_words(answer);
  return answer;
}

}  // namespace tierwatch
