// SPDX-License-Identifier: MIT
#include "analysis/compare/run_comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "analysis/compare/comparison_guards.h"
#include "analysis/runs/level_cuts.h"
#include "analysis/runs/run_settings.h"
#include "analysis/runs/server_changes.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kFalseAlarms = 0.05;    ///< for all measures together
constexpr double kWorthComparing = 0.1;  ///< share of what a request costs
constexpr double kLatencyNoise = 3;  ///< times that of throughput: near the knee it is amplified
constexpr double kManyDegrees = 1000;

/// One value of one run, with the standard error it has within that run, relative to it.
struct RunValue {
  double value = 0;
  double relative_error = 0;
};
using Read = std::function<std::optional<RunValue>(const RunFindings&)>;

/// A measure yet to be read from the runs.
struct Question {
  std::string name, unit;
  std::optional<double> users;
  bool higher_is_better = true;
  double noise = 1;  ///< times of run_to_run_noise
  Read read;
};

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

void add_level_questions(std::optional<double> users, std::vector<Question>& questions) {
  questions.push_back(
      {"throughput", "/s", users, true, 1,
       step_value(users, [](const LoadStep& step) { return value_of(step.requests_per_second); })});
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

/// Tiers that a request costs something in either group.
std::set<std::string> dear_tiers(std::span<const RunFindings> a, std::span<const RunFindings> b) {
  std::set<std::string> names;
  for (const auto& runs : {a, b})
    for (const TierDemand& tier : runs.front().demand.tiers)
      if (tier.share >= kWorthComparing) names.insert(tier.tier);
  return names;
}

std::vector<Question> questions_for(std::span<const RunFindings> a,
                                    std::span<const RunFindings> b) {
  std::vector<Question> questions;
  const auto levels = matched_levels(a, b);
  for (const double users : levels) add_level_questions(users, questions);
  if (levels.empty()) add_level_questions(std::nullopt, questions);
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

std::vector<RunValue> read_all(std::span<const RunFindings> runs, const Read& read) {
  std::vector<RunValue> values;
  for (const RunFindings& run : runs)
    if (const auto value = read(run)) values.push_back(*value);
  return values;
}

/// Mean of logarithms, its variance, and how sure that variance is.
struct Group {
  double mean = 0;
  double variance = 0;  ///< of the mean
  double degrees = kManyDegrees;
};

/// Variance among runs where there are several; of a single run what is assumed, or what the other
/// group shows, on top of what is uncertain within it.
Group group_of(const std::vector<RunValue>& values, const std::vector<RunValue>& other,
               double assumed) {
  const auto spread = [](const std::vector<RunValue>& runs, double mean) {
    double squares = 0;
    for (const RunValue& run : runs) squares += std::pow(std::log(run.value) - mean, 2);
    return squares / double(runs.size() - 1);
  };
  const auto mean_log = [](const std::vector<RunValue>& runs) {
    double sum = 0;
    for (const RunValue& run : runs) sum += std::log(run.value);
    return sum / double(runs.size());
  };
  Group group{.mean = mean_log(values)};
  if (values.size() > 1) {
    group.variance = spread(values, group.mean) / double(values.size());
    group.degrees = double(values.size() - 1);
    return group;
  }
  const bool borrowed = other.size() > 1;
  group.degrees = borrowed ? double(other.size() - 1) : kManyDegrees;
  group.variance = (borrowed ? spread(other, mean_log(other)) : assumed * assumed) +
                   std::pow(values.front().relative_error, 2);
  return group;
}

double median_of(const std::vector<double>& values) { return quantile(values, 0.5).value_or(0); }

struct Tested {
  ComparedMeasure measure;
  double p = 1;  ///< that runs which do not differ would differ as much
  double low90 = 0, high90 = 0;
};

/// Welch's comparison of logarithms: a ratio, whatever the unit.
void test_difference(const Group& a, const Group& b, Tested& tested) {
  const double difference = b.mean - a.mean, variance = a.variance + b.variance;
  const double error = std::sqrt(std::max(variance, 1e-12));
  const double parts = a.variance * a.variance / a.degrees + b.variance * b.variance / b.degrees;
  const double degrees =
      parts > 0 ? std::max(1.0, variance * variance / parts) : std::min(a.degrees, b.degrees);
  const double reach = student_t(0.05, degrees) * error, shorter = student_t(0.10, degrees) * error;
  tested.p = student_two_sided_p(std::abs(difference) / error, degrees);
  tested.measure.change = {std::expm1(difference), std::expm1(difference - reach),
                           std::expm1(difference + reach)};
  tested.low90 = std::expm1(difference - shorter);
  tested.high90 = std::expm1(difference + shorter);
}

std::optional<Tested> ask(const Question& question, std::span<const RunFindings> a,
                          std::span<const RunFindings> b, const ComparisonOptions& options) {
  const auto values_a = read_all(a, question.read), values_b = read_all(b, question.read);
  if (values_a.empty() || values_b.empty()) return std::nullopt;
  Tested tested{.measure = {.name = question.name,
                            .unit = question.unit,
                            .users = question.users,
                            .higher_is_better = question.higher_is_better}};
  for (const RunValue& one : values_a) tested.measure.values_a.push_back(one.value);
  for (const RunValue& one : values_b) tested.measure.values_b.push_back(one.value);
  tested.measure.a = median_of(tested.measure.values_a);
  tested.measure.b = median_of(tested.measure.values_b);
  const double assumed = question.noise * options.run_to_run_noise;
  test_difference(group_of(values_a, values_b, assumed), group_of(values_b, values_a, assumed),
                  tested);
  return tested;
}

Change better_or_worse(const ComparedMeasure& measure) {
  return (measure.change.value > 0) == measure.higher_is_better ? Change::kBetter : Change::kWorse;
}

/// Holm: the smallest p must be below 5 % / n, the next below 5 % / (n − 1), and so on.
void judge_all(std::vector<Tested>& all, double same_within) {
  std::vector<Tested*> order;
  for (Tested& one : all) order.push_back(&one);
  std::ranges::stable_sort(order, {}, [](const Tested* one) { return one->p; });
  bool still = true;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Tested& one = *order[i];
    still = still && one.p <= kFalseAlarms / double(order.size() - i);
    const bool counts = std::abs(one.measure.change.value) >= same_within;
    if (still && counts)
      one.measure.verdict = better_or_worse(one.measure);
    else if (one.low90 > -same_within && one.high90 < same_within)
      one.measure.verdict = Change::kSame;
  }
}

std::string value_words(double value, const std::string& unit) {
  if (unit == "/s") return (value < 10 ? two_digits(value) : whole(value)) + "/s";
  if (unit == "ratio") return few_digits(value * 100) + " %";
  const std::string milliseconds =
      value < 0.01 ? two_digits(value * 1000) : few_digits(value * 1000);
  return milliseconds + " ms" + (unit == "s" ? "" : " of CPU per request");
}

std::string change_words(const ComparedMeasure& one) {
  std::string words = one.name;
  if (one.users) words += " at " + count_of(*one.users, "user");
  words += ": " + value_words(one.a, one.unit) + " → " + value_words(one.b, one.unit);
  const std::string unit = one.unit == "ratio" ? " points" : "";
  return words + " (" + signed_percent(one.change.value) + unit + ", " +
         signed_percent(one.change.low) + " to " + signed_percent(one.change.high) + ")";
}

std::string measure_words(const ComparedMeasure& one) {
  return change_words(one) + ": " + std::string(to_string(one.verdict));
}

/// A share of failed requests has no ratio: zero is common. What counts is a whole point.
std::optional<ComparedMeasure> compare_errors(std::span<const RunFindings> a,
                                              std::span<const RunFindings> b) {
  ComparedMeasure errors{.name = "errors", .unit = "ratio", .higher_is_better = false};
  errors.values_a = error_ratios(a);
  errors.values_b = error_ratios(b);
  if (errors.values_a.empty() || errors.values_b.empty()) return std::nullopt;
  errors.a = median_of(errors.values_a);
  errors.b = median_of(errors.values_b);
  // Every run of one group against every run of the other: nothing is assumed about their spread.
  std::vector<double> pairs;
  for (const double one : errors.values_a)
    for (const double other : errors.values_b) pairs.push_back(other - one);
  const auto [least, most] = std::ranges::minmax(pairs);
  errors.change = {errors.b - errors.a, least, most};
  if (least > kErrorPoint)
    errors.verdict = Change::kWorse;
  else if (most < -kErrorPoint)
    errors.verdict = Change::kBetter;
  else if (std::max(std::abs(least), std::abs(most)) <= kErrorPoint)
    errors.verdict = Change::kSame;
  errors.words = measure_words(errors);
  return errors;
}

/// What the whole comparison says: throughput first, then latency, then what is predicted.
const ComparedMeasure* telling_measure(const std::vector<ComparedMeasure>& measures) {
  const std::vector<std::vector<std::string>> order = {
      {"throughput"}, {"errors"}, {"latency", "p95", "p99"}, {"ceiling"}};
  for (const auto& names : order)
    for (auto one = measures.rbegin(); one != measures.rend(); ++one)
      if (std::ranges::find(names, one->name) != names.end() &&
          (one->verdict == Change::kBetter || one->verdict == Change::kWorse))
        return &*one;
  return nullptr;
}

std::string noise_words(std::size_t a, std::size_t b, const ComparisonOptions& options) {
  if (a > 1 && b > 1)
    return std::to_string(a) + " and " + std::to_string(b) +
           " runs: the intervals stand on how much these differ among themselves" +
           (a < 4 || b < 4 ? "; with 4 and 4 or more they would be much narrower" : "");
  return "a single run" + std::string(a > 1 || b > 1 ? " on one side" : " each") +
         ": how much runs differ among themselves is unknown" +
         (a > 1 || b > 1 ? ", that of the other side is taken"
                         : "; " + few_digits(options.run_to_run_noise * 100) + " % are assumed") +
         ". Run both five times, in turns, to be sure";
}

void set_verdict(RunComparison& comparison) {
  const ComparedMeasure* telling = telling_measure(comparison.measures);
  if (telling) {
    comparison.verdict = telling->verdict;
    comparison.sentence =
        "B is " + std::string(to_string(telling->verdict)) + ": " + change_words(*telling);
  } else {
    bool any = false, same = true;
    for (const ComparedMeasure& one : comparison.measures) {
      if (one.name != "throughput") continue;
      any = true;
      same = same && one.verdict == Change::kSame;
    }
    comparison.verdict = any && same ? Change::kSame : Change::kInconclusive;
    comparison.sentence = comparison.measures.empty() ? "nothing can be compared"
                          : any && same               ? "B is the same as A within the margin"
                                                      : "inconclusive: no difference is certain";
    if (!comparison.measures.empty())
      comparison.sentence += "; " + comparison.measures.front().words;
  }
  if (comparison.bottleneck_moved)
    comparison.sentence +=
        "; the bottleneck moved from " + comparison.bottleneck_a + " to " + comparison.bottleneck_b;
}

std::vector<std::string> names_of(std::span<const RunFindings> runs) {
  std::vector<std::string> names;
  for (const RunFindings& run : runs) names.push_back(run.label.name);
  return names;
}

}  // namespace

std::string_view to_string(Change change) {
  constexpr std::string_view kNames[] = {"same", "better", "worse", "inconclusive"};
  return kNames[static_cast<std::size_t>(change)];
}

RunComparison compare_runs(std::span<const RunFindings> a, std::span<const RunFindings> b,
                           const ComparisonOptions& options) {
  RunComparison comparison{.names_a = names_of(a), .names_b = names_of(b)};
  if (a.empty() || b.empty()) {
    comparison.sentence = "nothing can be compared: a group without a run";
    return comparison;
  }
  comparison.noise = noise_words(a.size(), b.size(), options);
  std::vector<Tested> tested;
  for (const Question& question : questions_for(a, b))
    if (auto one = ask(question, a, b, options)) tested.push_back(*std::move(one));
  judge_all(tested, options.same_within);
  for (Tested& one : tested) {
    one.measure.words = measure_words(one.measure);
    comparison.measures.push_back(std::move(one.measure));
  }
  if (auto errors = compare_errors(a, b)) comparison.measures.push_back(*std::move(errors));
  comparison.bottleneck_a = bottleneck_of(a);
  comparison.bottleneck_b = bottleneck_of(b);
  comparison.bottleneck_moved = comparison.bottleneck_a != comparison.bottleneck_b &&
                                comparison.bottleneck_a != kUnknownBottleneck &&
                                comparison.bottleneck_b != kUnknownBottleneck;
  comparison.differences = setting_differences(a, b);
  for (std::string& words : server_differences(a, b))
    comparison.differences.push_back(std::move(words));
  comparison.guardrails = guardrails(a, b);
  if (matched_levels(a, b).empty())
    comparison.warnings.push_back(
        "no level of users is in all runs: the busiest steps are compared");
  set_verdict(comparison);
  return comparison;
}

}  // namespace tierwatch
