// SPDX-License-Identifier: MIT
#include "analysis/trend/run_trend.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "analysis/compare/comparison_guards.h"
#include "analysis/trend/trend_warnings.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kPartOfARequest = 0.05;  ///< of its CPU, for a tier to be followed
/// Of a normal row of n values with a step in its middle: the highest split that chance makes is
/// about 3.2 standard deviations; 1.3 more, and nine of ten are found. Each side's mean has an
/// error of √(2/n), their difference of 2/√n.
constexpr double kFindable = 4.5;

struct TrendMeasure {
  std::string name, title, unit;
  bool higher_is_better = true;
  std::function<std::optional<double>(const RunFindings&)> read;
  bool is_ratio() const { return unit == "ratio"; }
};

std::optional<double> value_only(const std::optional<Estimate>& estimate) {
  return estimate ? std::optional(estimate->value) : std::nullopt;
}

template <typename Read>
auto of_busiest(Read read) {
  return [read](const RunFindings& run) -> std::optional<double> {
    return run.busiest ? read(run.steps[*run.busiest].load) : std::nullopt;
  };
}

std::optional<double> cpu_of(const RunFindings& run, const std::string& name) {
  const auto tier = std::ranges::find(run.demand.tiers, name, &TierDemand::tier);
  if (tier == run.demand.tiers.end()) return std::nullopt;
  return tier->cpu.seconds.value;
}

/// Tiers that mattered in half of the runs.
std::set<std::string> followed_tiers(std::span<const RunFindings> runs) {
  std::map<std::string, std::size_t> times;
  for (const RunFindings& run : runs)
    for (const TierDemand& tier : run.demand.tiers)
      if (tier.share >= kPartOfARequest) ++times[tier.tier];
  std::set<std::string> names;
  for (const auto& [name, count] : times)
    if (2 * count >= runs.size()) names.insert(name);
  return names;
}

std::vector<TrendMeasure> measures_for(std::span<const RunFindings> runs) {
  std::vector<TrendMeasure> measures = {
      {"throughput", "throughput", "/s", true,
       of_busiest([](const LoadStep& step) { return value_only(step.requests_per_second); })},
      {"latency", "mean latency", "s", false,
       of_busiest([](const LoadStep& step) { return step.mean_seconds; })},
      {"p95", "p95", "s", false, of_busiest([](const LoadStep& step) { return step.p95_seconds; })},
      {"p99", "p99", "s", false, of_busiest([](const LoadStep& step) { return step.p99_seconds; })},
      {"errors", "failed requests", "ratio", false,
       of_busiest([](const LoadStep& step) { return step.error_ratio; })},
      {"ceiling", "ceiling", "/s", true, [](const RunFindings& run) {
         return run.first_ceiling ? value_only(run.first_ceiling->requests_per_second)
                                  : std::nullopt;
       }}};
  for (const std::string& tier : followed_tiers(runs))
    measures.push_back({"demand." + tier, tier + " CPU per request", "s/request", false,
                        [tier](const RunFindings& run) { return cpu_of(run, tier); }});
  return measures;
}

std::string trend_percent(double change, bool ratio) {
  return signed_percent(change) + (ratio ? " points" : "");
}

std::string since_words(const RunTrend& trend, std::size_t run) {
  const TrendRun& first = trend.runs[run];
  std::string words =
      "since run " + std::to_string(run + 1) + " of " + std::to_string(trend.runs.size());
  const std::string when =
      first.begin == decltype(first.begin){} ? "" : local_time(first.begin, "%Y-%m-%d %H:%M");
  const std::string who = joined(std::vector<std::string>{first.name, when}, ", ");
  return who.empty() || who == ", " ? words : words + " (" + who + ")";
}

/// Shares: the row is one of logarithms.
Estimate as_share(const Estimate& logarithms) {
  return {std::expm1(logarithms.value), std::expm1(logarithms.low), std::expm1(logarithms.high)};
}

void add_changes(const RunTrend& trend, const TrendMeasure& measure,
                 const std::vector<std::size_t>& runs, const std::vector<ChangePoint>& found,
                 TrendSeries& series) {
  for (const ChangePoint& one : found) {
    const bool ratio = measure.is_ratio();
    TrendChange change{.run = runs[one.at],
                       .p = one.p,
                       .before = ratio ? one.before : std::exp(one.before),
                       .after = ratio ? one.after : std::exp(one.after),
                       .change = ratio ? one.difference : as_share(one.difference),
                       .words = {}};
    change.verdict =
        (change.change.value > 0) == series.higher_is_better ? Change::kBetter : Change::kWorse;
    change.words = series.title + " " + trend_percent(change.change.value, ratio) + " (" +
                   signed_percent(change.change.low) + " to " + signed_percent(change.change.high) +
                   ") " + since_words(trend, change.run) + ": " +
                   std::string(to_string(change.verdict));
    series.changes.push_back(std::move(change));
  }
}

/// As they are compared: logarithms, but for shares.
std::vector<std::optional<double>> compared_values(const TrendSeries& series, bool ratio) {
  std::vector<std::optional<double>> values;
  for (const auto& value : series.values) {
    const bool known = value && std::isfinite(*value) && (ratio || *value > 0);
    values.push_back(known ? std::optional(ratio ? *value : std::log(*value)) : std::nullopt);
  }
  return values;
}

/// The runs that know it, and their values as they are compared.
std::pair<std::vector<std::size_t>, std::vector<double>> known_values(const TrendSeries& series,
                                                                      bool ratio) {
  std::vector<std::size_t> runs;
  std::vector<double> values;
  const auto all = compared_values(series, ratio);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i]) continue;
    runs.push_back(i);
    values.push_back(*all[i]);
  }
  return {runs, values};
}

void find_changes(const TrendMeasure& measure, const TrendOptions& options, double p_of_whole,
                  const RunTrend& trend, TrendSeries& series) {
  const bool ratio = measure.is_ratio();
  const auto [runs, values] = known_values(series, ratio);
  const double least = ratio ? options.least_change : std::log1p(options.least_change);
  const auto found = find_change_points(values, {.false_alarms = options.false_alarms,
                                                 .least_difference = least,
                                                 .p_of_whole = p_of_whole,
                                                 .rows_together = trend.series.size()});
  add_changes(trend, measure, runs, found, series);
  series.noise = noise_within(values, found);
  const double error = 2 * series.noise / std::sqrt(double(values.size()));
  series.findable = std::max(options.least_change, kFindable * error);
}

constexpr double kMostFindable = 1;  ///< a change; beyond, nothing can be said of smaller ones

bool all_equal(const std::vector<double>& values) {
  return std::ranges::all_of(values, [&](double value) { return value == values.front(); });
}

void set_sentence(RunTrend& trend) {
  std::vector<const TrendChange*> all;
  for (const TrendSeries& series : trend.series)
    for (const TrendChange& change : series.changes) all.push_back(&change);
  const std::string runs = count_of(double(trend.runs.size()), "run");
  if (trend.runs.size() < kFewestForChanges) {
    trend.sentence = runs + ": at least " + std::to_string(kFewestForChanges) +
                     " are needed to tell a change from noise";
    return;
  }
  if (trend.series.empty()) {
    trend.sentence = runs + " have no measure in common";
    return;
  }
  if (all.empty()) {
    const TrendSeries& first = trend.series.front();
    const bool too_noisy = first.findable.value_or(0) > kMostFindable;
    trend.sentence = too_noisy ? "it cannot be said whether anything changed in " + runs
                               : "no change that can be told from noise in " + runs;
    if (too_noisy)
      trend.sentence += ": they differ by " + few_digits(first.noise * 100) +
                        " % among themselves in " + first.title +
                        ", so that only more than twice as much, or half of it, would be seen";
    else if (first.findable)
      trend.sentence += ": they differ by " + few_digits(first.noise * 100) +
                        " % among themselves in " + first.title + ", and a change of " +
                        few_digits(*first.findable * 100) + " % would mostly have been found";
    return;
  }
  // The newest change, and what changed with it; the cause before what follows from it.
  const std::size_t newest = (*std::ranges::max_element(all, {}, &TrendChange::run))->run;
  std::vector<std::string> words;
  for (auto series = trend.series.rbegin(); series != trend.series.rend(); ++series)
    for (const TrendChange& change : series->changes)
      if (change.run + 1 >= newest)
        words.push_back(series->title + " " +
                        trend_percent(change.change.value, series->unit == "ratio"));
  trend.sentence = since_words(trend, newest) + ": " + joined(words, "; ");
  const auto older = std::ranges::count_if(
      all, [&](const TrendChange* change) { return change->run + 1 < newest; });
  if (older > 0) trend.sentence += "; " + count_of(double(older), "older change") + " below";
}

/// What was measured may have moved for want of what others took.
void add_other_programs_to_sentence(RunTrend& trend,
                                    const std::vector<OtherProgramsChange>& others) {
  for (const TrendSeries& series : trend.series)
    for (const TrendChange& change : series.changes)
      for (const OtherProgramsChange& other : others)
        if (change.run + 1 >= other.run && other.run + 1 >= change.run) {
          trend.sentence += "; but the cpu that other programs used moved there, too";
          return;
        }
}

TrendSeries follow(const TrendMeasure& measure, std::span<const RunFindings* const> runs) {
  TrendSeries series{.name = measure.name,
                     .title = measure.title,
                     .unit = measure.unit,
                     .higher_is_better = measure.higher_is_better,
                     .values = {},
                     .changes = {},
                     .findable = {}};
  for (const RunFindings* run : runs) series.values.push_back(measure.read(*run));
  return series;
}

TrendRun trend_run(const RunFindings& run) {
  TrendRun one{.name = run.label.name,
               .begin = run.label.begin,
               .bottleneck = bottleneck_of(std::span(&run, 1)),
               .users = {},
               .load_tool = run.load_tool,
               .other_programs_ratio = other_programs_ratio(run)};
  if (run.busiest) one.users = run.steps[*run.busiest].load.users;
  return one;
}

/// Enough runs know it, and it is not always the same: no request failed, as a rule.
bool is_worth_following(const TrendSeries& series, const TrendMeasure& measure) {
  const auto values = known_values(series, measure.is_ratio()).second;
  return values.size() >= kFewestForChanges && !(measure.is_ratio() && all_equal(values));
}

}  // namespace

RunTrend find_trend(std::span<const RunFindings> unordered, const TrendOptions& options) {
  RunTrend trend;
  std::vector<const RunFindings*> runs;
  for (const RunFindings& run : unordered) runs.push_back(&run);
  std::ranges::stable_sort(runs, {}, [](const RunFindings* run) { return run->label.begin; });
  for (const RunFindings* run : runs) trend.runs.push_back(trend_run(*run));
  std::vector<TrendMeasure> followed;
  for (TrendMeasure& measure : measures_for(unordered)) {
    TrendSeries series = follow(measure, runs);
    if (!is_worth_following(series, measure)) continue;
    trend.series.push_back(std::move(series));
    followed.push_back(std::move(measure));
  }
  std::vector<std::vector<std::optional<double>>> rows;
  for (std::size_t i = 0; i < followed.size(); ++i)
    rows.push_back(compared_values(trend.series[i], followed[i].is_ratio()));
  const auto chances = probabilities_together(rows);
  for (std::size_t i = 0; i < followed.size(); ++i)
    find_changes(followed[i], options, chances[i], trend, trend.series[i]);
  set_sentence(trend);
  const auto others = changes_of_other_programs(trend, options);
  add_other_programs_to_sentence(trend, others);
  trend.warnings = trend_warnings(unordered, trend, others);
  return trend;
}

}  // namespace tierwatch
