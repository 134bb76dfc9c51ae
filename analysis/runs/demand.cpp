// SPDX-License-Identifier: MIT
#include "analysis/runs/demand.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>

#include "analysis/judge/judge_window.h"
#include "analysis/judge/saturation.h"
#include "analysis/judge/shared_cpu.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using Moment = std::chrono::system_clock::time_point;

constexpr double kEnoughRange = 1.5;   ///< of throughput, for a slope to be told
constexpr std::size_t kParts = 3;      ///< of each step: their spread tells how certain it is
constexpr double kAllHeld = 0.75;      ///< of the workers: how long they are held tells queueing
constexpr double kCpuElsewhere = 0.8;  ///< of its cores: below, held workers wait, not work
constexpr double kIdleSeconds = 2;     ///< before the load that tell what is busy without it
constexpr double kUnseenOfRequests = 0.25;  ///< of the CPU of processes: what requests cost besides
constexpr double kUsedUp = 0.95, kContradiction = 1;  ///< of a bound; more than was measured
constexpr int kSettleSeconds = 1;                     ///< just before the load, left out

/// Facts of a stretch of time, with the throughput of the step that it is of.
struct Part {
  double requests_per_second = 0;
  JudgeInput facts;
  std::size_t step = 0;
};

JudgeInput mean_of_samples(std::span<const RunSample> samples) {
  std::vector<const JudgeInput*> facts;
  for (const RunSample& sample : samples) facts.push_back(&sample.facts);
  return window_mean(facts);
}

void add_parts(std::span<const RunSample> samples, double rate, std::size_t step,
               std::vector<Part>& parts) {
  const std::size_t pieces = std::min(kParts, samples.size());
  for (std::size_t i = 0; i < pieces; ++i) {
    const std::size_t from = samples.size() * i / pieces, to = samples.size() * (i + 1) / pieces;
    parts.push_back({rate, mean_of_samples(samples.subspan(from, to - from)), step});
  }
}

using Busy = std::function<std::optional<double>(const JudgeInput&)>;

Busy busy_of(const std::string& tier, std::optional<double> TierFacts::*field) {
  return [=](const JudgeInput& facts) -> std::optional<double> {
    const TierFacts* found = tier_named(facts, tier);
    return found ? found->*field : std::nullopt;
  };
}

/// What is used of the bound of this kind, as capacity_bounds() tells it.
Busy used_of(const std::string& tier, CapacityBound::Kind kind) {
  return [=](const JudgeInput& facts) -> std::optional<double> {
    const TierFacts* found = tier_named(facts, tier);
    if (!found) return std::nullopt;
    for (const CapacityBound& bound : capacity_bounds(*found, facts.host))
      if (bound.kind == kind) return bound.used_cores;
    return std::nullopt;
  };
}

/// All that demands are learnt from.
class DemandSamples {
 public:
  DemandSamples(std::span<const LoadStep> steps, std::optional<std::size_t> knee,
                std::span<const RunSample> samples, const std::optional<Moment>& load_begin);

  bool empty() const { return learnt_.empty(); }
  std::size_t steps() const { return steps_; }
  const JudgeInput& busiest() const { return busiest_; }
  double highest() const { return highest_; }

  std::optional<Demand> demand(const Busy& busy,
                               const std::function<bool(const JudgeInput&)>& usable = {}) const;

 private:
  Demand by_slope(const LineFit& line, const Busy& busy) const;
  std::optional<Demand> by_ratio(std::span<const LinePoint> points, double idle) const;
  std::optional<double> inflation(const Busy& busy, double idle, double seconds) const;

  std::vector<Part> learnt_;        ///< of steps below the knee
  std::optional<JudgeInput> idle_;  ///< before the load
  JudgeInput busiest_;
  double highest_ = 0;
  std::size_t steps_ = 0;
};

bool usable(const LoadStep& step) {
  return step.requests_per_second && step.requests_per_second->value > 0 && step.samples > 0;
}

double range_of(std::span<const LoadStep> steps, const std::vector<std::size_t>& chosen) {
  double least = 1e300, most = 0;
  for (const std::size_t i : chosen) {
    least = std::min(least, steps[i].requests_per_second->value);
    most = std::max(most, steps[i].requests_per_second->value);
  }
  return chosen.empty() ? 0 : most / least;
}

/// Steps to learn from: below the knee where these differ enough, without many errors.
std::vector<std::size_t> chosen_steps(std::span<const LoadStep> steps,
                                      std::optional<std::size_t> knee) {
  std::vector<std::size_t> all, clean, below;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!usable(steps[i])) continue;
    all.push_back(i);
    if (steps[i].error_ratio.value_or(0) > kManyErrors) continue;
    clean.push_back(i);
    if (!knee || i < *knee) below.push_back(i);
  }
  if (range_of(steps, below) >= kEnoughRange) return below;
  return clean.empty() ? all : clean;
}

DemandSamples::DemandSamples(std::span<const LoadStep> steps, std::optional<std::size_t> knee,
                             std::span<const RunSample> samples,
                             const std::optional<Moment>& load_begin) {
  const auto of_step = [&](std::size_t i) {
    return samples.subspan(steps[i].first_sample, steps[i].samples);
  };
  const auto chosen = chosen_steps(steps, knee);
  for (const std::size_t i : chosen)
    add_parts(of_step(i), steps[i].requests_per_second->value, i, learnt_);
  steps_ = chosen.size();
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (usable(steps[i]) && steps[i].requests_per_second->value > highest_) {
      highest_ = steps[i].requests_per_second->value;
      busiest_ = mean_of_samples(of_step(i));
    }
  if (!load_begin) return;
  const auto settled = *load_begin - std::chrono::seconds(kSettleSeconds);
  std::size_t before = 0;
  while (before < samples.size() && samples[before].at <= settled) ++before;
  const JudgeInput idle = mean_of_samples(samples.first(before));
  if (idle.seconds >= kIdleSeconds) idle_ = idle;
}

std::optional<double> DemandSamples::inflation(const Busy& busy, double idle,
                                               double seconds) const {
  const auto top = busy(busiest_);
  if (!top || steps_ < 2 || seconds <= 0) return std::nullopt;
  return std::max(0.0, *top - idle) / highest_ / seconds;
}

Demand DemandSamples::by_slope(const LineFit& line, const Busy& busy) const {
  Demand demand{.seconds = line.slope,
                .method = Demand::Method::kSlope,
                .idle = std::max(0.0, line.intercept.value),
                .r_squared = line.r_squared};
  demand.inflation_ratio = inflation(busy, demand.idle, line.slope.value);
  return demand;
}

std::optional<Demand> DemandSamples::by_ratio(std::span<const LinePoint> points,
                                              double idle) const {
  std::vector<double> ratios;
  for (const LinePoint& point : points) ratios.push_back(std::max(0.0, point.y - idle) / point.x);
  const auto mean = mean_of_neighbours(ratios);
  if (!mean) return std::nullopt;
  return Demand{.seconds = *mean, .method = Demand::Method::kRatio, .idle = idle};
}

std::optional<Demand> DemandSamples::demand(
    const Busy& busy, const std::function<bool(const JudgeInput&)>& usable_facts) const {
  std::vector<LinePoint> points;
  double least = 1e300, most = 0;
  for (const Part& part : learnt_) {
    const auto value = busy(part.facts);
    if (!value || (usable_facts && !usable_facts(part.facts))) continue;
    points.push_back({part.requests_per_second, *value, part.facts.seconds});
    least = std::min(least, part.requests_per_second);
    most = std::max(most, part.requests_per_second);
  }
  if (points.empty()) return std::nullopt;
  const auto idle = idle_ ? busy(*idle_) : std::nullopt;
  if (most >= kEnoughRange * least) {
    std::vector<LinePoint> with_idle = points;
    if (idle) with_idle.push_back({0, *idle, idle_->seconds});
    // A slope below zero is no demand: what is busy then has nothing to do with this load.
    if (const auto line = fit_line(with_idle); line && line->slope.value > 0)
      return by_slope(*line, busy);
  }
  return by_ratio(points, idle.value_or(0));
}

Ceiling ceiling_at(double capacity, const Demand& demand, double highest) {
  Ceiling ceiling{.capacity = capacity, .demand = demand};
  const double room = std::max(0.0, capacity - demand.idle);
  ceiling.requests_per_second = {room / demand.seconds.value, room / demand.seconds.high,
                                 room / demand.seconds.low};
  // A request that costs more under load ends earlier than the line says.
  if (demand.inflation_ratio && *demand.inflation_ratio > 1)
    ceiling.requests_per_second.low =
        std::min(ceiling.requests_per_second.low,
                 ceiling.requests_per_second.value / *demand.inflation_ratio);
  if (highest > 0) ceiling.headroom_ratio = ceiling.requests_per_second.value / highest - 1;
  return ceiling;
}

bool certain(const Demand& demand) { return demand.seconds.low > 0; }

const Demand& demand_on(const TierDemand& tier, CapacityBound::Kind kind) {
  const auto known = tier.bounds.find(kind);
  return known == tier.bounds.end() ? tier.cpu : known->second;
}

void add_tier_ceilings(const TierDemand& demand, const JudgeInput& facts, bool host_known,
                       double highest, std::vector<Ceiling>& ceilings) {
  const TierFacts* tier = tier_named(facts, demand.tier);
  if (!tier) return;
  for (const CapacityBound& bound : capacity_bounds(*tier, facts.host)) {
    // The host's processors are shared: that ceiling is told once, for all.
    if (bound.kind == CapacityBound::Kind::kHost && host_known) continue;
    const Demand& on_bound = demand_on(demand, bound.kind);
    if (!certain(on_bound)) continue;
    Ceiling ceiling = ceiling_at(bound.cores, on_bound, highest);
    ceiling.tier = demand.tier;
    ceiling.resource = bound.resource;
    ceiling.kind = bound.kind;
    ceiling.bound = bound.words;
    ceiling.used_ratio = bound.ratio();
    ceilings.push_back(std::move(ceiling));
  }
  if (!demand.workers || !certain(*demand.workers) || !tier->workers || *tier->workers <= 0) return;
  Ceiling ceiling = ceiling_at(*tier->workers, *demand.workers, highest);
  ceiling.tier = demand.tier;
  ceiling.resource = Resource::kWorkers;
  ceiling.bound =
      std::to_string(std::lround(*tier->workers)) + (*tier->workers < 1.5 ? " worker" : " workers");
  ceiling.used_ratio = held_ratio(*tier);
  ceilings.push_back(std::move(ceiling));
}

void sort_by_rate(std::vector<Ceiling>& ceilings) {
  std::ranges::stable_sort(ceilings, {},
                           [](const Ceiling& one) { return one.requests_per_second.value; });
}

/// Each worker has a core, or a thread, of its own, and these are used up: a CPU ceiling says that.
bool workers_work(const TierFacts& tier, const HostFacts& host) {
  return std::ranges::any_of(capacity_bounds(tier, host), [](const CapacityBound& bound) {
    const bool own = bound.kind == CapacityBound::Kind::kServers || bound.of_a_part();
    return own && bound.ratio().value_or(1) >= kCpuElsewhere;
  });
}

/// Held, less the time for which they wait for a CPU: that depends on who else wants one.
Busy held_without_cpu_wait(const std::string& tier) {
  return [=](const JudgeInput& facts) -> std::optional<double> {
    const TierFacts* found = tier_named(facts, tier);
    if (!found || !found->busy_workers || !found->run_delay_cores) return std::nullopt;
    return std::max(0.0, *found->busy_workers - *found->run_delay_cores);
  };
}

/// What its CPU is used up by, or who else uses it, is what limits it.
bool lacks_cpu(const TierFacts& tier, const JudgeInput& facts) {
  const auto starved = starved_tiers(facts, {});
  if (std::ranges::find(starved, tier.name) != starved.end()) return true;
  return std::ranges::any_of(capacity_bounds(tier, facts.host), [](const CapacityBound& bound) {
    return bound.kind != CapacityBound::Kind::kHost && bound.ratio().value_or(0) >= kCpuElsewhere;
  });
}

/// Of a tier whose workers are all held in every step: with the waits for a CPU while these go on,
/// without them where that is what will be lifted. The interval has both.
std::optional<Demand> demand_of_held(const DemandSamples& samples, const TierFacts& tier) {
  const auto with = samples.demand(busy_of(tier.name, &TierFacts::busy_workers));
  const auto without = samples.demand(held_without_cpu_wait(tier.name));
  if (!with || !without) return std::nullopt;
  Demand demand = lacks_cpu(tier, samples.busiest()) ? *without : *with;
  demand.seconds.low = std::min(with->seconds.low, without->seconds.low);
  demand.seconds.high = std::max(with->seconds.high, without->seconds.high);
  return demand;
}

/// How long a request holds a worker. Where all are held, time in the queue shows as less of it:
/// such steps count only when there are no others, and its workers wait instead of working.
/// Not known of several servers in one tier: each has its own workers.
std::optional<Demand> worker_demand(const DemandSamples& samples, const TierFacts& tier) {
  if (!is_pool(tier) || tier.busiest_instance) return std::nullopt;
  const std::string name = tier.name;
  const auto some_free = [name](const JudgeInput& facts) {
    const TierFacts* found = tier_named(facts, name);
    return found && held_ratio(*found).value_or(1) < kAllHeld;
  };
  const Busy busy = busy_of(name, &TierFacts::busy_workers);
  if (auto demand = samples.demand(busy, some_free)) return demand;
  if (workers_work(tier, samples.busiest().host)) return std::nullopt;
  if (auto demand = demand_of_held(samples, tier)) return demand;
  const auto bounds = capacity_bounds(tier, samples.busiest().host);
  const auto& host = samples.busiest().host;
  const bool working = (!bounds.empty() && bounds.front().ratio().value_or(1) >= kCpuElsewhere) ||
                       host.busy_cores.value_or(0) >= kCpuElsewhere * host.processors;
  return working ? std::nullopt : samples.demand(busy);
}

std::optional<TierDemand> tier_demand(const DemandSamples& samples, const TierFacts& tier) {
  const auto cpu = samples.demand(busy_of(tier.name, &TierFacts::cpu_cores));
  if (!cpu) return std::nullopt;
  TierDemand demand{.tier = tier.name, .cpu = *cpu};
  for (const CapacityBound& bound : capacity_bounds(tier, samples.busiest().host))
    if (const auto on_bound = samples.demand(used_of(tier.name, bound.kind)))
      demand.bounds.emplace(bound.kind, *on_bound);
  demand.workers = worker_demand(samples, tier);
  return demand;
}

void set_shares(std::vector<TierDemand>& tiers) {
  double all = 0;
  for (const TierDemand& tier : tiers)
    if (tier.tier != kGeneratorTier) all += std::max(0.0, tier.cpu.seconds.value);
  for (TierDemand& tier : tiers)
    if (all > 0 && tier.tier != kGeneratorTier) tier.share = tier.cpu.seconds.value / all;
  std::ranges::stable_sort(tiers, std::ranges::greater{},
                           [](const TierDemand& tier) { return tier.cpu.seconds.value; });
}

/// Programs of no tier, load generators aside: more requests do not make them use more. Of what no
/// process seen accounts for (interrupts, other PID namespaces) requests cause a part at most.
double cores_of_strangers(const JudgeInput& facts) {
  double strangers = 0, of_requests = 0;
  for (const ForeignProgram& program : facts.host.foreign)
    (is_load_generator(program.comm) ? of_requests : strangers) += program.cores;
  for (const TierFacts& tier : facts.tiers) of_requests += tier.cpu_cores.value_or(0);
  const double unseen = facts.host.busy_cores.value_or(0) - of_requests - strangers;
  return strangers + std::max(0.0, unseen - kUnseenOfRequests * of_requests);
}

/// All processors, as if strangers made room; the interval has what they leave, too.
Ceiling ceiling_of_host(const Demand& demand, const JudgeInput& facts, double highest) {
  const HostFacts& host = facts.host;
  const double cores = host.processors - std::min(host.processors, host.steal_cores.value_or(0));
  Ceiling all = ceiling_at(cores, demand, highest);
  const Ceiling left = ceiling_at(cores - cores_of_strangers(facts), demand, highest);
  all.requests_per_second.low = std::min(all.requests_per_second.low, left.requests_per_second.low);
  all.tier = kHostTier;
  all.kind = CapacityBound::Kind::kHost;
  all.bound = few_digits(host.processors) +
              (host.processors == 1 ? " core of the host" : " cores of the host");
  if (host.busy_cores && cores > 0) all.used_ratio = *host.busy_cores / cores;
  return all;
}

}  // namespace

std::vector<Ceiling> ceilings_of(const DemandFindings& demand, const JudgeInput& facts,
                                 double highest_requests_per_second) {
  std::vector<Ceiling> ceilings;
  const bool host_known = demand.host_cpu && certain(*demand.host_cpu);
  for (const TierDemand& tier : demand.tiers)
    if (tier.tier != kGeneratorTier)
      add_tier_ceilings(tier, facts, host_known, highest_requests_per_second, ceilings);
  if (host_known && facts.host.processors > 0)
    ceilings.push_back(ceiling_of_host(*demand.host_cpu, facts, highest_requests_per_second));
  // All of it used, and yet far away: others use it, or a part of it (one pool of several) is full.
  std::erase_if(ceilings, [](const Ceiling& one) {
    return one.used_ratio >= kUsedUp && one.headroom_ratio.value_or(0) >= kContradiction;
  });
  sort_by_rate(ceilings);
  return ceilings;
}

DemandFindings find_demand(std::span<const LoadStep> steps, std::optional<std::size_t> knee,
                           std::span<const RunSample> samples, std::optional<Moment> load_begin) {
  DemandFindings findings;
  const DemandSamples learnt(steps, knee, samples, load_begin);
  if (learnt.empty()) {
    const bool rates = std::ranges::any_of(
        steps, [](const LoadStep& step) { return step.requests_per_second.has_value(); });
    findings.missing = rates ? "no sample of ours lies within the steady part of the load"
                             : "throughput is not known: no load generator's file was given";
    return findings;
  }
  findings.fitted_steps = learnt.steps();
  for (const TierFacts& tier : learnt.busiest().tiers)
    if (tier.processes > 0)
      if (auto demand = tier_demand(learnt, tier)) findings.tiers.push_back(*std::move(demand));
  findings.host_cpu = learnt.demand([](const JudgeInput& facts) -> std::optional<double> {
    if (!facts.host.busy_cores) return std::nullopt;
    return std::max(0.0, *facts.host.busy_cores - cores_of_strangers(facts));
  });
  set_shares(findings.tiers);
  findings.ceilings = ceilings_of(findings, learnt.busiest(), learnt.highest());
  for (TierDemand& tier : findings.tiers)
    std::ranges::copy_if(findings.ceilings, std::back_inserter(tier.ceilings),
                         [&](const Ceiling& ceiling) { return ceiling.tier == tier.tier; });
  return findings;
}

}  // namespace tierwatch
