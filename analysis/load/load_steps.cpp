// SPDX-License-Identifier: MIT
#include "analysis/load/load_steps.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "analysis/load/level_cuts.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

using Clock = std::chrono::system_clock;
using std::chrono::nanoseconds;

constexpr std::size_t kMostPoints = 2000;  ///< what is cut is quadratic in them
constexpr double kIdle = 0.10;             ///< of the most that was used
constexpr double kRampSlice = 10;          ///< seconds
constexpr double kEnoughSeconds = 10;      ///< less than that is "short"

/// A stretch of time with its value, equally long all of them.
struct Bins {
  Clock::time_point begin;
  double seconds = 1;  ///< of each
  std::vector<double> values;
  double total() const { return seconds * static_cast<double>(values.size()); }
};

/// Joins neighbours until at most kMostPoints are left.
Bins coarser(Bins bins) {
  const std::size_t factor = (bins.values.size() + kMostPoints - 1) / kMostPoints;
  if (factor <= 1) return bins;
  std::vector<double> joined;
  for (std::size_t i = 0; i + factor <= bins.values.size(); i += factor)
    joined.push_back(std::accumulate(bins.values.begin() + std::ptrdiff_t(i),
                                     bins.values.begin() + std::ptrdiff_t(i + factor), 0.0) /
                     double(factor));
  bins.values = std::move(joined);
  bins.seconds *= double(factor);
  return bins;
}

/// Points of a load series by our clock.
class PlacedLoad {
 public:
  PlacedLoad(const LoadSeries& load, nanoseconds offset)
      : load_(load), start_(*load.start + offset) {}

  Clock::time_point at(nanoseconds since_start) const {
    return start_ + std::chrono::duration_cast<Clock::duration>(since_start);
  }
  Clock::time_point end() const {
    const auto last = load_.points.empty() ? duration_of(load_.totals.seconds)
                                           : load_.points.back().begin + load_.points.back().length;
    return at(last);
  }

  bool errors_known() const { return load_.errors_known; }

  /// Bins as long as the usual point; a gap counts as zero.
  Bins bins(const std::function<double(const LoadPoint&)>& value) const {
    std::vector<double> lengths;
    for (const LoadPoint& point : load_.points) lengths.push_back(seconds_of(point.length));
    Bins bins{at(load_.points.front().begin), std::max(0.05, *quantile(lengths, 0.5)), {}};
    const nanoseconds first = load_.points.front().begin;
    for (const LoadPoint& point : load_.points) {
      const double from = seconds_of(point.begin - first) / bins.seconds;
      const double to = seconds_of(point.begin + point.length - first) / bins.seconds;
      const std::size_t last = std::max(std::size_t(std::lround(to)), std::size_t(from) + 1);
      if (bins.values.size() < last) bins.values.resize(last, 0);
      for (auto i = std::size_t(std::lround(from)); i < last; ++i) bins.values[i] = value(point);
    }
    return coarser(std::move(bins));
  }

  bool users_known() const {
    const auto known = std::ranges::count_if(
        load_.points, [](const LoadPoint& point) { return point.users.has_value(); });
    return 2 * std::size_t(known) >= load_.points.size();
  }

  LoadStep step(LoadStep::Kind kind, Clock::time_point begin, Clock::time_point end) const;

 private:
  const LoadSeries& load_;
  Clock::time_point start_;
};

double rate_of(const LoadPoint& point) {
  const double seconds = seconds_of(point.length);
  return seconds > 0 ? point.requests / seconds : 0;
}

/// Mean of what some points tell, weighted by `weight`.
std::optional<double> mean_over(std::span<const LoadPoint* const> points,
                                std::optional<double> LoadPoint::*field, bool by_requests) {
  double sum = 0, weights = 0;
  for (const LoadPoint* point : points) {
    if (!(point->*field)) continue;
    const double weight = by_requests ? point->requests : seconds_of(point->length);
    sum += weight * *(point->*field);
    weights += weight;
  }
  return weights > 0 ? std::optional(sum / weights) : std::nullopt;
}

LoadStep PlacedLoad::step(LoadStep::Kind kind, Clock::time_point begin,
                          Clock::time_point end) const {
  LoadStep step{.kind = kind, .begin = begin, .end = end};
  std::vector<const LoadPoint*> inside;
  std::vector<double> rates;
  double requests = 0, errors = 0, seconds = 0;
  const auto slack = std::chrono::milliseconds(1);
  for (const LoadPoint& point : load_.points) {
    if (at(point.begin) + slack < begin || at(point.begin + point.length) - slack > end) continue;
    inside.push_back(&point);
    rates.push_back(rate_of(point));
    requests += point.requests;
    errors += point.errors;
    seconds += seconds_of(point.length);
  }
  step.short_data = step.seconds() < kEnoughSeconds;
  step.users = mean_over(inside, &LoadPoint::users, false);
  step.requests_per_second = mean_of_neighbours(rates);
  if (step.requests_per_second && seconds > 0) {
    // Points may differ in length: what was counted is certain, the spread gives the interval.
    const double moved = requests / seconds - step.requests_per_second->value;
    for (double Estimate::*part : {&Estimate::value, &Estimate::low, &Estimate::high})
      (*step.requests_per_second).*part += moved;
  }
  if (requests > 0 && load_.errors_known) step.error_ratio = errors / requests;
  step.mean_seconds = mean_over(inside, &LoadPoint::mean_seconds, true);
  step.p50_seconds = mean_over(inside, &LoadPoint::p50_seconds, true);
  step.p95_seconds = mean_over(inside, &LoadPoint::p95_seconds, true);
  step.p99_seconds = mean_over(inside, &LoadPoint::p99_seconds, true);
  return step;
}

/// The steady part of a stretch of level users (or throughput): throughput has settled in it.
LoadStep steady_step(const PlacedLoad& placed, const Bins& level, const Bins& rates,
                     const Stretch& stretch) {
  const std::span<const double> all(rates.values);
  const std::size_t last = std::min(stretch.last, all.size());
  const std::size_t first = std::min(stretch.first, last);
  // The last bin is rarely whole: the next step, or the end, begins within it.
  const std::size_t kept = last - first > 4 ? last - 1 : last;
  const std::size_t cold = kept - first >= 4 ? warm_up(all.subspan(first, kept - first)) : 0;
  const auto at = [&](std::size_t bin) {
    return level.begin + duration_of(level.seconds * double(bin));
  };
  LoadStep step = placed.step(LoadStep::Kind::kPlateau, at(first + cold), at(kept));
  step.left_out_seconds = level.seconds * double(cold);
  return step;
}

std::vector<LoadStep> ramp_slices(const PlacedLoad& placed, const Bins& bins) {
  std::vector<LoadStep> steps;
  const auto at = [&](double seconds) { return bins.begin + duration_of(seconds); };
  const double length = std::max(kRampSlice, 2 * bins.seconds);
  for (double from = 0; from + length <= bins.total() + 1e-6; from += length)
    steps.push_back(placed.step(LoadStep::Kind::kRamp, at(from), at(from + length)));
  return steps;
}

std::vector<LoadStep> steps_of_series(const PlacedLoad& placed) {
  const Bins rates = placed.bins(rate_of);
  const Bins level =
      placed.users_known()
          ? placed.bins([](const LoadPoint& point) { return point.users.value_or(0); })
          : rates;
  std::vector<LoadStep> steps;
  double covered = 0;
  for (const Stretch& whole : levels(level.values, level.seconds)) {
    // Throughput is noise at each value; users are not.
    const Stretch stretch = placed.users_known() ? without_mixed_ends(level.values, whole) : whole;
    if (!stands_still(level.values, level.seconds, stretch)) continue;
    covered += double(stretch.size()) * level.seconds;
    steps.push_back(steady_step(placed, level, rates, stretch));
  }
  if (covered >= 0.4 * level.total()) return steps;
  const auto slices = ramp_slices(placed, level);
  if (!slices.empty()) return slices;
  // Too short for either: what it saw as a whole is told all the same.
  if (steps.empty())
    steps.push_back(
        placed.step(LoadStep::Kind::kWhole, level.begin, level.begin + duration_of(level.total())));
  return steps;
}

/// Nothing is told of the seconds: the spread is Poisson's.
std::optional<Estimate> counted_rate(double requests, double seconds) {
  if (requests <= 0 || seconds <= 0) return std::nullopt;
  const double rate = requests / seconds, reach = 2 * std::sqrt(requests) / seconds;
  return Estimate{rate, rate - reach, rate + reach};
}

/// What the load says of a stretch of `seconds`: one of its points, or all of it.
template <typename Part>
void take_over(const Part& part, double seconds, bool errors_known, LoadStep& step) {
  step.requests_per_second = counted_rate(part.requests, seconds);
  step.users = part.users;
  if (part.requests > 0 && errors_known) step.error_ratio = part.errors / part.requests;
  step.mean_seconds = part.mean_seconds;
  step.p50_seconds = part.p50_seconds;
  step.p95_seconds = part.p95_seconds;
  step.p99_seconds = part.p99_seconds;
}

LoadStep step_of_run(const LoadPoint& point, const PlacedLoad& placed) {
  LoadStep step{.kind = LoadStep::Kind::kWhole,
                .begin = placed.at(point.begin),
                .end = placed.at(point.begin + point.length)};
  take_over(point, step.seconds(), placed.errors_known(), step);
  step.short_data = step.seconds() < kShortestPlateau;
  return step;
}

LoadStep whole_step(const LoadSeries& load, const PlacedLoad& placed) {
  const LoadTotals& totals = load.totals;
  LoadStep step{
      .kind = LoadStep::Kind::kWhole, .begin = placed.at(nanoseconds(0)), .end = placed.end()};
  take_over(totals, totals.seconds, load.errors_known, step);
  step.short_data = totals.seconds < kEnoughSeconds;
  return step;
}

Clock::time_point begin_of(const RunSample& sample) {
  return sample.at - duration_of(sample.facts.seconds);
}

double tier_cores(const RunSample& sample) {
  double cores = 0;
  for (const TierFacts& tier : sample.facts.tiers)
    if (tier.name != kGeneratorTier) cores += tier.cpu_cores.value_or(0);
  return cores;
}

/// CPU time of all tiers, in bins of a second.
Bins activity(std::span<const RunSample> samples) {
  Bins bins{begin_of(samples.front()), 1, {}};
  std::vector<double> sums, weights;
  for (const RunSample& sample : samples) {
    const double middle = seconds_of(sample.at - bins.begin) - sample.facts.seconds / 2;
    const std::size_t bin = std::size_t(std::max(0.0, middle));
    if (sums.size() <= bin) {
      sums.resize(bin + 1, 0);
      weights.resize(bin + 1, 0);
    }
    sums[bin] += tier_cores(sample) * sample.facts.seconds;
    weights[bin] += sample.facts.seconds;
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    bins.values.push_back(weights[i] > 0 ? sums[i] / weights[i]
                                         : (bins.values.empty() ? 0 : bins.values.back()));
  return coarser(std::move(bins));
}

std::vector<LoadStep> steps_of_activity(std::span<const RunSample> samples, const RunTime& run) {
  std::vector<LoadStep> steps;
  if (const auto [first, count] = samples_within(samples, run.begin, run.end); count > 0)
    samples = samples.subspan(first, count);
  if (samples.empty()) return steps;
  const Bins bins = activity(samples);
  const auto at = [&](std::size_t bin) {
    return bins.begin + duration_of(bins.seconds * double(bin));
  };
  const double top = *std::ranges::max_element(bins.values);
  for (const Stretch& stretch : levels(bins.values, bins.seconds)) {
    if (double(stretch.size()) * bins.seconds < kShortestPlateau) continue;
    if (stretch.mean < kIdle * top) continue;
    LoadStep step{.kind = LoadStep::Kind::kActivity,
                  .begin = at(stretch.first),
                  .end = std::min(at(stretch.last), samples.back().at)};
    step.short_data = step.seconds() < kEnoughSeconds;
    steps.push_back(step);
  }
  if (steps.empty())
    steps.push_back({.kind = LoadStep::Kind::kActivity,
                     .begin = bins.begin,
                     .end = samples.back().at,
                     .short_data = true});
  return steps;
}

}  // namespace

std::string_view to_string(LoadStep::Kind kind) {
  constexpr std::string_view kNames[] = {"plateau", "ramp", "whole", "activity"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::pair<std::size_t, std::size_t> samples_within(std::span<const RunSample> samples,
                                                   Clock::time_point begin, Clock::time_point end) {
  const auto first = std::ranges::find_if(
      samples, [&](const RunSample& sample) { return begin_of(sample) >= begin; });
  const auto last = std::ranges::upper_bound(samples, end, {}, &RunSample::at);
  const auto from = first - samples.begin();
  return {std::size_t(from),
          std::size_t(std::max<std::ptrdiff_t>(0, last - samples.begin() - from))};
}

std::vector<LoadStep> load_steps(const LoadSeries* load, nanoseconds offset,
                                 std::span<const RunSample> samples, const RunTime& run) {
  std::vector<LoadStep> steps;
  if (!load || !load->start || (load->points.empty() && load->totals.seconds <= 0)) {
    steps = steps_of_activity(samples, run);
  } else {
    const PlacedLoad placed(*load, offset);
    if (load->points.empty()) {
      steps.push_back(whole_step(*load, placed));
    } else if (load->points_are_runs) {
      for (const LoadPoint& point : load->points) steps.push_back(step_of_run(point, placed));
    } else {
      steps = steps_of_series(placed);
    }
  }
  for (LoadStep& step : steps)
    std::tie(step.first_sample, step.samples) = samples_within(samples, step.begin, step.end);
  return steps;
}

}  // namespace tierwatch
