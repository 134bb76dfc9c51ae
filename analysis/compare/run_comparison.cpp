// SPDX-License-Identifier: MIT
#include "analysis/compare/run_comparison.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "analysis/compare/comparison_guards.h"
#include "analysis/compare/comparison_questions.h"
#include "analysis/runs/run_settings.h"
#include "analysis/runs/server_changes.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kFalseAlarms = 0.05;  ///< for all measures together
constexpr double kManyDegrees = 1000;

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
                          : any                       ? "inconclusive: no difference is certain"
                                : "inconclusive: A and B are of different loads";
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

std::vector<std::string> commands_of(std::span<const RunFindings> runs) {
  std::vector<std::string> names;
  for (const RunFindings& run : runs)
    names.push_back(run.label.command.empty() ? run.label.name : run.label.command);
  return names;
}

/// Runs of one program ("sh") are told apart by what it was told.
void set_names(std::span<const RunFindings> a, std::span<const RunFindings> b,
               RunComparison& comparison) {
  comparison.names_a = names_of(a);
  comparison.names_b = names_of(b);
  if (comparison.names_a != comparison.names_b || commands_of(a) == commands_of(b)) return;
  comparison.names_a = commands_of(a);
  comparison.names_b = commands_of(b);
}

}  // namespace

std::string_view to_string(Change change) {
  constexpr std::string_view kNames[] = {"same", "better", "worse", "inconclusive"};
  return kNames[static_cast<std::size_t>(change)];
}

RunComparison compare_runs(std::span<const RunFindings> a, std::span<const RunFindings> b,
                           const ComparisonOptions& options) {
  RunComparison comparison;
  set_names(a, b, comparison);
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
  if (std::string why = unmatched_words(a, b); !why.empty())
    comparison.warnings.push_back(std::move(why));
  set_verdict(comparison);
  return comparison;
}

}  // namespace tierwatch
