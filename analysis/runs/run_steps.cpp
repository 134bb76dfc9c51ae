// SPDX-License-Identifier: MIT
#include "analysis/runs/run_steps.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/judge/judge.h"
#include "analysis/judge/judge_window.h"
#include "analysis/judge/saturation.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

// Growth of throughput per growth of load, of what it was at the begin.
constexpr double kStillLinear = 0.75;
constexpr double kNoMore = 0.10;
constexpr double kFewer = 0.95;     ///< of the best so far
constexpr double kSameLoad = 0.05;  ///< loads nearer than that are one

HostAtStep host_at(const HostFacts& host) {
  return {.processors = host.processors,
          .busy_cores = host.busy_cores,
          .steal_cores = host.steal_cores,
          .cpu_pressure_ratio = host.cpu_pressure_ratio,
          .memory_available_bytes = host.memory_available_bytes};
}

/// The bound of which most is used; when nothing is known of that, the least.
void set_capacity(const TierFacts& tier, const HostFacts& host, TierAtStep& row) {
  const CapacityBound* fullest = nullptr;
  const auto bounds = capacity_bounds(tier, host);
  for (const CapacityBound& bound : bounds)
    if (!fullest || bound.ratio().value_or(-1) > fullest->ratio().value_or(-1)) fullest = &bound;
  if (!fullest) return;
  row.capacity_cores = fullest->cores;
  row.utilization_ratio = fullest->ratio();
  row.bound = fullest->words;
}

void set_queue(const TierFacts& tier, const LoadStep& step, TierAtStep& row) {
  if (!tier.listeners || tier.listeners->empty()) return;
  const auto fullest =
      std::ranges::max_element(*tier.listeners, {}, [](const ListenerFacts& listener) {
        return std::pair(listener.queue_mean, listener.queue_peak);
      });
  row.queue_mean = fullest->queue_mean;
  row.queue_peak = fullest->queue_peak;
  row.queue_limit = fullest->limit;
  row.queued_ratio = fullest->queued_ratio;
  if (step.requests_per_second && step.requests_per_second->value > 0)
    row.queue_wait_seconds = fullest->queue_mean / step.requests_per_second->value;
}

void set_limits(const TierFacts& tier, TierAtStep& row) {
  if (tier.worst_fds) {
    row.fds_open = tier.worst_fds->open;
    row.fds_limit = tier.worst_fds->limit;
  }
  row.memory_bytes = tier.own_memory_bytes;
  if (tier.memory) {
    row.memory_used_bytes = tier.memory->used_bytes;
    row.memory_limit_bytes = tier.memory->limit_bytes;
  }
  if (tier.connection_table) {
    row.connections = tier.connection_table->used;
    row.connections_limit = tier.connection_table->limit;
  } else if (tier.backends) {
    row.connections = tier.backends->backends;
    row.connections_limit = tier.backends->usable_connections;
  }
}

void set_waits(const TierFacts& tier, TierAtStep& row) {
  if (!tier.waits || tier.waits->empty()) return;
  const auto most = std::ranges::max_element(*tier.waits, {}, &WaitFacts::share);
  if (most->share <= 0) return;
  row.waits_for = !most->peer.empty()                      ? most->peer
                  : most->kind == WaitFacts::For::kDisk    ? "a disk"
                  : most->kind == WaitFacts::For::kLock    ? "a lock"
                  : most->kind == WaitFacts::For::kClients ? "slow clients"
                                                           : "something else";
  row.waits_share = most->share;
}

TierAtStep tier_at(const TierFacts& tier, const HostFacts& host, const LoadStep& step) {
  TierAtStep row{.tier = tier.name,
                 .cpu_cores = tier.cpu_cores,
                 .run_delay_cores = tier.run_delay_cores,
                 .run_delay_ratio = run_delay_ratio(tier),
                 .workers = tier.workers,
                 .busy_workers = tier.busy_workers};
  set_capacity(tier, host, row);
  set_queue(tier, step, row);
  set_limits(tier, row);
  set_waits(tier, row);
  return row;
}

std::string program_of(const std::string& command) {
  const std::string first = command.substr(0, command.find_first_of(" \t"));
  return first.substr(first.rfind('/') + 1);
}

std::vector<std::size_t> by_load(std::span<const StepFindings> steps) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (load_of(steps[i].load).value_or(0) > 0 && steps[i].load.requests_per_second)
      order.push_back(i);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return *load_of(steps[i].load); });
  return order;
}

StepShape shape_of(double growth, double rate, double best_before) {
  if (rate < kFewer * best_before) return StepShape::kRetrograde;
  if (growth < kNoMore) return StepShape::kSaturated;
  return growth < kStillLinear ? StepShape::kKnee : StepShape::kLinear;
}

}  // namespace

std::optional<double> load_of(const LoadStep& step) {
  return step.users ? step.users : step.under_way();
}

JudgeInput mean_facts(std::span<const RunSample> samples) {
  std::vector<const JudgeInput*> facts;
  for (const RunSample& sample : samples) facts.push_back(&sample.facts);
  return window_mean(facts);
}

JudgeInput without_generator(JudgeInput facts, const std::string& command) {
  const TierFacts* generator = tier_named(facts, kGeneratorTier);
  if (!generator) return facts;
  LoadFacts load = facts.load.value_or(LoadFacts{});
  if (generator->hottest_thread) load.generator_cores = generator->hottest_thread->cores;
  const std::string program = program_of(command);
  load.generator = program.empty() ? std::string(kGeneratorTier) : program;
  facts.load = load;
  facts.host.foreign.push_back(
      {.pid = generator->hottest_process ? generator->hottest_process->pid : 0,
       .comm = load.generator,
       .cores = generator->cpu_cores.value_or(0)});
  std::ranges::stable_sort(facts.host.foreign, std::ranges::greater{}, &ForeignProgram::cores);
  std::erase_if(facts.tiers, [](const TierFacts& tier) { return tier.name == kGeneratorTier; });
  return facts;
}

std::vector<TierAtStep> tiers_at(const JudgeInput& facts, const LoadStep& step) {
  std::vector<TierAtStep> rows;
  for (const TierFacts& tier : facts.tiers)
    if (tier.processes > 0) rows.push_back(tier_at(tier, facts.host, step));
  std::ranges::sort(rows, {}, &TierAtStep::tier);
  return rows;
}

StepFindings look_at_step(const LoadStep& step, const RunData& run,
                          std::chrono::system_clock::time_point run_begin) {
  StepFindings findings{.load = step};
  findings.from_run_begin_seconds = seconds_of(step.begin - run_begin);
  if (step.samples == 0) {
    findings.verdict.reason = "no sample of ours lies within this step";
    return findings;
  }
  if (run.look) {
    const double begin = findings.from_run_begin_seconds;
    findings = run.look(step);
    findings.load = step;
    findings.from_run_begin_seconds = begin;
    return findings;
  }
  const JudgeInput facts = mean_facts(run.samples.subspan(step.first_sample, step.samples));
  findings.host = host_at(facts.host);
  findings.tiers = tiers_at(facts, step);
  findings.verdict = judge(without_generator(facts, run.label.command), run.thresholds);
  return findings;
}

void set_shapes(std::vector<StepFindings>& steps) {
  const auto order = by_load(steps);
  if (order.size() < 2) return;
  const auto load = [&](std::size_t i) { return *load_of(steps[i].load); };
  const auto rate = [&](std::size_t i) { return steps[i].load.requests_per_second->value; };
  const double at_first = rate(order.front()) / load(order.front());
  double best = rate(order.front());
  for (std::size_t k = 1; k < order.size(); ++k) {
    const std::size_t now = order[k], before = order[k - 1];
    const double more_load = load(now) - load(before);
    if (more_load < kSameLoad * load(now)) {
      steps[now].shape = steps[before].shape;
    } else {
      const double growth = (rate(now) - rate(before)) / more_load / at_first;
      steps[now].shape = shape_of(growth, rate(now), best);
    }
    // Once flat, a rise within the noise of one step does not make it linear again.
    const bool was_flat = steps[before].shape == StepShape::kSaturated ||
                          steps[before].shape == StepShape::kRetrograde;
    if (was_flat && steps[now].shape == StepShape::kKnee) steps[now].shape = StepShape::kSaturated;
    best = std::max(best, rate(now));
  }
  StepFindings& first = steps[order.front()];
  const bool bent = steps[order[1]].shape != StepShape::kLinear;
  first.shape = bent && first.verdict.state == VerdictState::kSaturated ? StepShape::kSaturated
                                                                        : StepShape::kLinear;
}

std::optional<double> least_cycle_seconds(std::span<const StepFindings> steps) {
  std::optional<double> least_users, cycle;
  for (const StepFindings& step : steps) {
    if (!step.load.users || *step.load.users <= 0 || !step.load.requests_per_second) continue;
    if (step.load.requests_per_second->value <= 0) continue;
    if (least_users && *step.load.users >= *least_users) continue;
    least_users = step.load.users;
    cycle = *step.load.users / step.load.requests_per_second->value;
  }
  return cycle;
}

std::optional<Knee> find_knee(std::span<const StepFindings> steps, std::optional<double> ceiling) {
  const auto bent = std::ranges::find_if(steps, [](const StepFindings& step) {
    return step.shape != StepShape::kUnknown && step.shape != StepShape::kLinear;
  });
  if (bent == steps.end() || !bent->load.requests_per_second) return std::nullopt;
  Knee knee{.step = static_cast<std::size_t>(bent - steps.begin()),
            .users = bent->load.users,
            .requests_per_second = bent->load.requests_per_second->value};
  const auto cycle = least_cycle_seconds(steps);
  if (cycle && ceiling) knee.users_by_bounds = *cycle * *ceiling;
  return knee;
}

std::optional<std::size_t> busiest_step(std::span<const StepFindings> steps) {
  const auto busy = [](const StepFindings& step) {
    double cores = 0;
    for (const TierAtStep& tier : step.tiers)
      if (tier.tier != kGeneratorTier) cores += tier.cpu_cores.value_or(0);
    const auto& rate = step.load.requests_per_second;
    return std::tuple(step.load.samples > 0, rate ? rate->value : 0, cores);
  };
  const auto found = std::ranges::max_element(steps, {}, busy);
  if (found == steps.end()) return std::nullopt;
  return static_cast<std::size_t>(found - steps.begin());
}

}  // namespace tierwatch
