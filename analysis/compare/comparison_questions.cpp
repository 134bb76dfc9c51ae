// SPDX-License-Identifier: MIT
#include "analysis/compare/comparison_questions.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "analysis/load/level_cuts.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kWorthComparing = 0.1;  ///< share of what a request costs
constexpr double kLatencyNoise = 3;  ///< times that of throughput: near the knee it is amplified

double relative_error(const Estimate& estimate) {
  const double reach = (estimate.high - estimate.low) / 2;
  return estimate.value > 0 ? reach / 2 / estimate.value : 0;
}

std::optional<RunValue> value_of(const std::optional<Estimate>& estimate) {
  if (!estimate || estimate->value <= 0) return std::nullopt;
  return RunValue{estimate->value, relative_error(*estimate)};
}
std::optional<RunValue> value_of(const std::optional<double>& value) {
  if (!value || *value <= 0) return std::nullopt;
  return RunValue{*value, 0};
}

using ReadStep = std::function<std::optional<RunValue>(const LoadStep&)>;

/// The value at a level of users: of the step that is there, or between the two around it.
std::optional<RunValue> at_level(const RunFindings& run, double users, const ReadStep& read) {
  const LoadStep *below = nullptr, *above = nullptr;
  for (const StepFindings& step : run.steps) {
    const LoadStep& load = step.load;
    if (!load.users || !read(load)) continue;
    if (std::abs(*load.users - users) <= kSameLevel * users) return read(load);
    if (*load.users < users && (!below || *load.users > *below->users)) below = &load;
    if (*load.users > users && (!above || *load.users < *above->users)) above = &load;
  }
  if (!below || !above) return std::nullopt;
  const RunValue low = *read(*below), high = *read(*above);
  const double part = (users - *below->users) / (*above->users - *below->users);
  return RunValue{low.value + part * (high.value - low.value),
                  std::max(low.relative_error, high.relative_error)};
}

Read step_value(std::optional<double> users, ReadStep read) {
  return [users, read = std::move(read)](const RunFindings& run) -> std::optional<RunValue> {
    if (users) return at_level(run, *users, read);
    return run.busiest ? read(run.steps[*run.busiest].load) : std::nullopt;
  };
}

bool all_have_level(std::span<const RunFindings> runs, double users) {
  return std::ranges::all_of(runs, [&](const RunFindings& run) {
    return at_level(run, users,
                    [](const LoadStep& step) { return value_of(step.requests_per_second); })
        .has_value();
  });
}

/// Levels of A that all runs have: the highest, and the one in the middle of the others.
std::vector<double> matched_levels(std::span<const RunFindings> a, std::span<const RunFindings> b) {
  std::vector<double> matched;
  for (const StepFindings& step : a.front().steps)
    if (step.load.users && all_have_level(a, *step.load.users) &&
        all_have_level(b, *step.load.users))
      matched.push_back(*step.load.users);
  std::ranges::sort(matched);
  matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
  if (matched.size() > 2) matched = {matched[(matched.size() - 1) / 2], matched.back()};
  return matched;
}

void add_throughput(std::optional<double> users, std::vector<Question>& questions) {
  questions.push_back(
      {"throughput", "/s", users, true, 1,
       step_value(users, [](const LoadStep& step) { return value_of(step.requests_per_second); })});
}

void add_latencies(std::optional<double> users, std::vector<Question>& questions) {
  const std::pair<const char*, std::optional<double> LoadStep::*> latencies[] = {
      {"latency", &LoadStep::mean_seconds},
      {"p95", &LoadStep::p95_seconds},
      {"p99", &LoadStep::p99_seconds}};
  for (const auto& [name, field] : latencies)
    questions.push_back({name, "s", users, false, kLatencyNoise,
                         step_value(users, [field = field](const LoadStep& step) {
                           return value_of(step.*field);
                         })});
}

void add_level_questions(std::optional<double> users, std::vector<Question>& questions) {
  add_throughput(users, questions);
  add_latencies(users, questions);
}

/// Of the busiest steps, the median; absent where a run does not tell it.
std::optional<double> busiest_users(std::span<const RunFindings> runs) {
  std::vector<double> users;
  for (const RunFindings& run : runs) {
    if (!run.busiest || !run.steps[*run.busiest].load.users) return std::nullopt;
    users.push_back(*run.steps[*run.busiest].load.users);
  }
  return quantile(users, 0.5);
}

/// Users of A and B where these are known and no level of them is in all runs: two other loads.
std::optional<std::pair<double, double>> other_loads(std::span<const RunFindings> a,
                                                     std::span<const RunFindings> b) {
  const auto before = busiest_users(a), now = busiest_users(b);
  if (!before || !now || !matched_levels(a, b).empty()) return std::nullopt;
  return std::pair(*before, *now);
}

bool all_at_a_limit(std::span<const RunFindings> runs) {
  return std::ranges::all_of(runs, [](const RunFindings& run) {
    return run.verdict.outcome == RunVerdict::Outcome::kSaturated;
  });
}

/// More users get more answers and wait longer: what they get says nothing of A and B, unless both
/// gave what they can.
void add_unmatched_questions(std::span<const RunFindings> a, std::span<const RunFindings> b,
                             std::vector<Question>& questions) {
  if (!other_loads(a, b))
    add_level_questions(std::nullopt, questions);
  else if (all_at_a_limit(a) && all_at_a_limit(b))
    add_throughput(std::nullopt, questions);
}

/// Tiers that a request costs something in either group.
std::set<std::string> dear_tiers(std::span<const RunFindings> a, std::span<const RunFindings> b) {
  std::set<std::string> names;
  for (const auto& runs : {a, b})
    for (const TierDemand& tier : runs.front().demand.tiers)
      if (tier.share >= kWorthComparing) names.insert(tier.tier);
  return names;
}

}  // namespace

std::vector<Question> questions_for(std::span<const RunFindings> a,
                                    std::span<const RunFindings> b) {
  std::vector<Question> questions;
  const auto levels = matched_levels(a, b);
  for (const double users : levels) add_level_questions(users, questions);
  if (levels.empty()) add_unmatched_questions(a, b, questions);
  questions.push_back(
      {"ceiling", "/s", {}, true, 1, [](const RunFindings& run) {
         return run.first_ceiling ? value_of(std::optional(run.first_ceiling->requests_per_second))
                                  : std::nullopt;
       }});
  for (const std::string& name : dear_tiers(a, b))
    questions.push_back({"demand." + name,
                         "s/request",
                         {},
                         false,
                         1,
                         [name](const RunFindings& run) -> std::optional<RunValue> {
                           const auto tier =
                               std::ranges::find(run.demand.tiers, name, &TierDemand::tier);
                           if (tier == run.demand.tiers.end()) return std::nullopt;
                           return value_of(std::optional(tier->cpu.seconds));
                         }});
  return questions;
}

std::string unmatched_words(std::span<const RunFindings> a, std::span<const RunFindings> b) {
  if (!matched_levels(a, b).empty()) return "";
  const auto users = other_loads(a, b);
  if (!users) return "no level of users is in all runs: the busiest steps are compared";
  const std::string loads =
      "A had " + count_of(users->first, "user") + ", B " + few_digits(users->second);
  return all_at_a_limit(a) && all_at_a_limit(b)
             ? loads + ": of the two, only what both give at their limit is compared, no latency"
             : loads + ": neither throughput nor latency of such runs can be compared";
}

}  // namespace tierwatch
