// SPDX-License-Identifier: MIT
#include "analysis/runs/limit_forecast.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "analysis/judge/judge_window.h"
#include "analysis/judge/saturation.h"
#include "analysis/runs/demand.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kEnoughLoadRange = 1.5;  ///< of the load
constexpr double kFarthestForecast = 10;  ///< times of what was seen
constexpr std::size_t kFewestSteps = 3;
constexpr double kLeakSeconds = 60;  ///< of one load before growth over time is told
constexpr double kLeakCertainty = 0.8;
constexpr double kLittleGrowth = 0.02;  ///< of what is there already: warming up
constexpr double kPlenty = 2;           ///< times of what was used
constexpr double kSpare = 1.2;
constexpr double kLeastMemory = 64.0 * 1024 * 1024;

/// Something that can be counted and has a limit.
struct Countable {
  std::string tier;
  Resource resource = Resource::kFds;
  std::string unit;
  std::function<std::optional<LimitFacts>(const JudgeInput&)> level;
};

std::optional<LimitFacts> fds(const TierFacts& tier) {
  if (!tier.worst_fds || tier.worst_fds->limit <= 0) return std::nullopt;
  return LimitFacts{tier.worst_fds->open, tier.worst_fds->limit};
}
std::optional<LimitFacts> memory(const TierFacts& tier) {
  if (!tier.memory || tier.memory->limit_bytes <= 0) return std::nullopt;
  return LimitFacts{tier.memory->used_bytes, tier.memory->limit_bytes};
}
std::optional<LimitFacts> connections(const TierFacts& tier) {
  if (tier.connection_table && tier.connection_table->limit > 0)
    return LimitFacts{tier.connection_table->used, tier.connection_table->limit};
  if (tier.backends && tier.backends->usable_connections)
    return LimitFacts{tier.backends->backends, *tier.backends->usable_connections};
  return std::nullopt;
}
std::optional<LimitFacts> host_memory(const JudgeInput& facts) {
  const HostFacts& host = facts.host;
  if (!host.memory_total_bytes || !host.memory_available_bytes) return std::nullopt;
  return LimitFacts{*host.memory_total_bytes - *host.memory_available_bytes,
                    *host.memory_total_bytes};
}

std::vector<Countable> countables(const JudgeInput& newest) {
  using Read = std::optional<LimitFacts> (*)(const TierFacts&);
  const std::tuple<Resource, const char*, Read> kinds[] = {
      {Resource::kFds, "files", fds},
      {Resource::kConnections, "connections", connections},
      {Resource::kMemory, "bytes", memory}};
  std::vector<Countable> all;
  for (const TierFacts& tier : newest.tiers) {
    if (tier.name == kGeneratorTier) continue;
    for (const auto& [resource, unit, read] : kinds)
      all.push_back(
          {tier.name, resource, unit, [name = tier.name, read = read](const JudgeInput& facts) {
             const TierFacts* found = tier_named(facts, name);
             return found ? read(*found) : std::nullopt;
           }});
  }
  all.push_back({std::string(kHostTier), Resource::kMemory, "bytes", host_memory});
  return all;
}

JudgeInput mean_of(std::span<const RunSample> samples) {
  std::vector<const JudgeInput*> facts;
  for (const RunSample& sample : samples) facts.push_back(&sample.facts);
  return window_mean(facts);
}

struct LoadedFacts {
  double load = 0;
  double seconds = 0;
  JudgeInput facts;
};

/// Facts per step over users, or over requests under way.
std::vector<LoadedFacts> by_load(std::span<const LoadStep> steps,
                                 std::span<const RunSample> samples, LimitForecast::Per per) {
  std::vector<LoadedFacts> loaded;
  for (const LoadStep& step : steps) {
    const auto load = per == LimitForecast::Per::kUser ? step.users : step.under_way();
    if (!load || *load <= 0 || step.samples == 0) continue;
    loaded.push_back(
        {*load, step.seconds(), mean_of(samples.subspan(step.first_sample, step.samples))});
  }
  return loaded;
}

std::string amount(double value, const std::string& unit) {
  if (unit == "bytes") return bytes_words(value);
  return (value < 10 ? two_digits(value) : whole(value)) + " " + unit;
}

std::string forecast_words(const LimitForecast& one, const std::string& unit) {
  const std::string name = one.tier + ": " + amount(one.growth.value, unit);
  if (one.per == LimitForecast::Per::kSecond)
    return name + " more per second at the same load; its limit of " + amount(one.limit, unit) +
           " is reached " + duration_words(one.wall.value) + " after the end of this run";
  const bool users = one.per == LimitForecast::Per::kUser;
  return name + " per " + std::string(to_string(one.per)) + "; its limit of " +
         amount(one.limit, unit) + " is reached at about " + whole(one.wall.value) +
         (users ? " users" : " requests under way");
}

/// Where the line meets the limit; the interval from the slope's, turned about the mean point.
std::optional<Estimate> crossing(const LineFit& line, double limit) {
  if (line.slope.low <= 0) return std::nullopt;
  const double at_mean = line.intercept.value + line.slope.value * line.x_mean;
  const auto meets = [&](double slope) { return line.x_mean + (limit - at_mean) / slope; };
  return Estimate{meets(line.slope.value), meets(line.slope.high), meets(line.slope.low)};
}

/// How the level of one thing went along load or time.
struct Course {
  std::vector<LinePoint> points;
  double highest = 0, limit = 0;

  void add(double at, const LimitFacts& level, double seconds) {
    points.push_back({at, level.used, seconds});
    highest = std::max(highest, level.used);
    limit = level.limit;
  }
};

LimitForecast forecast_of(const Countable& what, LimitForecast::Per per, const Course& course,
                          const LineFit& line, const Estimate& wall) {
  LimitForecast forecast{.tier = what.tier,
                         .resource = what.resource,
                         .per = per,
                         .growth = line.slope,
                         .highest = course.highest,
                         .limit = course.limit,
                         .wall = wall};
  forecast.words = forecast_words(forecast, what.unit);
  return forecast;
}

std::optional<LimitForecast> grows_with_load(const Countable& what,
                                             const std::vector<LoadedFacts>& loaded,
                                             LimitForecast::Per per) {
  Course course;
  double least = 1e300, most = 0;
  for (const LoadedFacts& one : loaded) {
    const auto level = what.level(one.facts);
    if (!level) continue;
    course.add(one.load, *level, one.seconds);
    least = std::min(least, one.load);
    most = std::max(most, one.load);
  }
  if (course.points.size() < kFewestSteps || most < kEnoughLoadRange * least) return std::nullopt;
  const auto line = fit_line(course.points);
  const auto wall = line ? crossing(*line, course.limit) : std::nullopt;
  if (!wall || wall->value > kFarthestForecast * most) return std::nullopt;
  return forecast_of(what, per, course, *line, *wall);
}

/// Growth at one load, in its longest step.
std::optional<LimitForecast> grows_with_time(const Countable& what, const LoadStep& step,
                                             std::span<const RunSample> samples) {
  if (step.seconds() < kLeakSeconds || step.samples < 20) return std::nullopt;
  Course course;
  const auto end = samples.back().at;
  for (const RunSample& sample : samples.subspan(step.first_sample, step.samples)) {
    const auto level = what.level(sample.facts);
    if (level)
      course.add(seconds_of(sample.at - end), *level, std::max(1e-3, sample.facts.seconds));
  }
  const auto line = fit_line(course.points);
  if (!line || line->r_squared < kLeakCertainty) return std::nullopt;
  const auto wall = crossing(*line, course.limit);
  const bool small = line->slope.value * step.seconds() < kLittleGrowth * course.highest;
  if (!wall || small || wall->value > kFarthestForecast * step.seconds()) return std::nullopt;
  return forecast_of(what, LimitForecast::Per::kSecond, course, *line, *wall);
}

double nearness(const LimitForecast& one) { return one.limit > 0 ? one.highest / one.limit : 0; }

/// What was used in each sample, and what there was in the last.
struct Usage {
  std::vector<double> used;
  double provided = 0;
  double peak() const { return used.empty() ? 0 : *std::ranges::max_element(used); }
};

Usage usage(std::span<const RunSample> samples,
            const std::function<std::optional<LimitFacts>(const JudgeInput&)>& level) {
  Usage usage;
  for (const RunSample& sample : samples)
    if (const auto one = level(sample.facts)) {
      usage.used.push_back(one->used);
      usage.provided = one->limit;
    }
  return usage;
}

/// Processes that can go when `enough` workers stay. A thread less frees no memory of its process.
double spare_processes(const TierFacts& tier, double workers, double enough) {
  // Those that it may yet start hold none.
  const double processes = std::min(tier.worker_processes.value_or(0), tier.processes);
  if (processes <= 0) return 0;
  const double threads = std::max(1.0, workers / std::max(1.0, tier.worker_processes.value_or(0)));
  return std::max(0.0, processes - std::max(1.0, std::ceil(enough / threads)));
}

void add_worker_waste(const TierFacts& tier, std::span<const RunSample> samples,
                      std::vector<Waste>& waste) {
  if (!is_pool(tier)) return;
  const Usage workers = usage(samples, [&](const JudgeInput& facts) -> std::optional<LimitFacts> {
    const TierFacts* found = tier_named(facts, tier.name);
    if (!found || !found->workers || !found->busy_workers) return std::nullopt;
    // A worker that works is busy, even where its connection was not seen.
    return LimitFacts{std::max(*found->busy_workers, found->serving_cores.value_or(0)),
                      *found->workers};
  });
  const auto busy = quantile(workers.used, 0.99);
  if (!busy || workers.used.size() < 5) return;
  const double enough = std::max(1.0, std::ceil(kSpare * *busy));
  if (enough >= workers.provided) return;
  Waste one{.tier = tier.name,
            .what = "workers",
            .provided = workers.provided,
            .highest_used = *busy,
            .suggested = enough};
  one.words = tier.name + ": " + whole(workers.provided) + " workers, never more than " +
              two_digits(*busy) + " busy: " + whole(enough) + (enough == 1 ? " is" : " are") +
              " enough for this load";
  if (const double spare = spare_processes(tier, workers.provided, enough);
      spare > 0 && tier.own_memory_bytes) {
    one.saved_bytes = spare * *tier.own_memory_bytes / tier.processes;
    one.words += (spare < workers.provided - enough ? ", " + count_of(spare, "process") + " less: "
                                                    : ", the others hold ") +
                 bytes_words(*one.saved_bytes) + " of memory";
  }
  waste.push_back(std::move(one));
}

void add_host_waste(std::span<const RunSample> samples, std::vector<Waste>& waste) {
  const Usage cores = usage(samples, [](const JudgeInput& facts) -> std::optional<LimitFacts> {
    if (!facts.host.busy_cores) return std::nullopt;
    return LimitFacts{*facts.host.busy_cores, facts.host.processors};
  });
  const auto busy = quantile(cores.used, 0.99);
  if (busy && cores.provided - *busy >= 1 && cores.provided >= kSpare * *busy) {
    waste.push_back({.tier = std::string(kHostTier),
                     .what = "cores",
                     .provided = cores.provided,
                     .highest_used = *busy,
                     .suggested = std::max(1.0, std::ceil(kSpare * *busy)),
                     .words = "host: " + two_digits(cores.provided - *busy) + " of " +
                              whole(cores.provided) + " cores were never used"});
  }
  const Usage bytes = usage(samples, host_memory);
  if (bytes.used.empty() || bytes.provided < kPlenty * bytes.peak()) return;
  waste.push_back({.tier = std::string(kHostTier),
                   .what = "memory",
                   .provided = bytes.provided,
                   .highest_used = bytes.peak(),
                   .suggested = kSpare * bytes.peak(),
                   .words = "host: " + bytes_words(bytes.provided - bytes.peak()) + " of " +
                            bytes_words(bytes.provided) + " of memory were never used"});
}

}  // namespace

std::string_view to_string(LimitForecast::Per per) {
  constexpr std::string_view kNames[] = {"user", "request under way", "second"};
  return kNames[static_cast<std::size_t>(per)];
}

std::vector<LimitForecast> forecast_limits(std::span<const LoadStep> steps,
                                           std::span<const RunSample> samples) {
  std::vector<LimitForecast> forecasts;
  if (samples.empty()) return forecasts;
  using Per = LimitForecast::Per;
  const bool users =
      std::ranges::any_of(steps, [](const LoadStep& step) { return step.users.has_value(); });
  const Per per = users ? Per::kUser : Per::kUnderWay;
  const auto loaded = by_load(steps, samples, per);
  const auto longest = std::ranges::max_element(steps, {}, &LoadStep::seconds);
  for (const Countable& what : countables(samples.back().facts)) {
    auto forecast = grows_with_load(what, loaded, per);
    if (!forecast && longest != steps.end()) forecast = grows_with_time(what, *longest, samples);
    if (forecast) forecasts.push_back(*std::move(forecast));
  }
  std::ranges::stable_sort(forecasts, std::ranges::greater{}, nearness);
  return forecasts;
}

std::vector<Waste> find_waste(std::span<const RunSample> samples) {
  std::vector<Waste> waste;
  if (samples.empty()) return waste;
  add_host_waste(samples, waste);
  for (const TierFacts& tier : samples.back().facts.tiers)
    if (tier.name != kGeneratorTier) add_worker_waste(tier, samples, waste);
  for (const Countable& what : countables(samples.back().facts)) {
    // That a process may open more files costs nothing.
    if (what.tier == kHostTier || what.resource == Resource::kFds) continue;
    const Usage use = usage(samples, what.level);
    const double unused = use.provided - use.peak();
    const bool bytes = what.resource == Resource::kMemory;
    if (use.used.empty() || use.provided < kPlenty * use.peak()) continue;
    if (bytes && unused < kLeastMemory) continue;
    Waste one{.tier = what.tier,
              .what = std::string(to_string(what.resource)),
              .provided = use.provided,
              .highest_used = use.peak()};
    one.words =
        what.tier + ": at most " + (bytes ? bytes_words(use.peak()) : whole(use.peak())) + " of " +
        (bytes ? bytes_words(use.provided) : whole(use.provided) + " " + what.unit) + " used";
    waste.push_back(std::move(one));
  }
  const auto share = [](const Waste& one) {
    return (one.provided - one.highest_used) / one.provided;
  };
  // Workers, cores and memory cost something; limits on connections cost little.
  const auto free = [](const Waste& one) { return one.what == "connections"; };
  std::ranges::stable_sort(waste, [&](const Waste& a, const Waste& b) {
    return free(a) != free(b) ? free(b) : share(a) > share(b);
  });
  return waste;
}

}  // namespace tierwatch
