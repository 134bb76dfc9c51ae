// SPDX-License-Identifier: MIT
#include "analysis/runs/generator_health.h"

#include <algorithm>

#include "analysis/runs/demand.h"
#include "analysis/runs/run_steps.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kFullThread = 0.90;  ///< of a core
constexpr double kOffLittle = 0.10;
constexpr double kFewLeft = 0.95;     ///< of its open files, or of the ports
constexpr double kWaitsMuch = 0.20;   ///< of the time in which it could run
constexpr double kWaitsAtAll = 0.05;  ///< cores

/// users / throughput − latency, where least is queued.
std::optional<double> think_seconds(std::span<const StepFindings> steps) {
  const StepFindings* least = nullptr;
  for (const StepFindings& step : steps) {
    const auto& load = step.load;
    if (!load.users || !load.mean_seconds || !load.requests_per_second) continue;
    if (load.requests_per_second->value <= 0) continue;
    if (!least || *load.users < *least->load.users) least = &step;
  }
  if (!least) return std::nullopt;
  const auto& load = least->load;
  const double cycle = *load.users / load.requests_per_second->value;
  const double pause = cycle - *load.mean_seconds;
  // What is left within a tenth is the resolution of the tool.
  return pause < kOffLittle * cycle ? 0 : pause;
}

/// Keeps the one that is nearest to its limit.
void keep_nearest(const LimitFacts& now, std::optional<LimitFacts>& nearest) {
  if (now.limit <= 0) return;
  if (!nearest || now.used * nearest->limit > nearest->used * now.limit) nearest = now;
}

bool few_left(const std::optional<LimitFacts>& limit) {
  return limit && limit->used >= kFewLeft * limit->limit;
}

/// At any moment of the run: connections that fail for want of a descriptor or a port are short.
void see_limits(std::span<const RunSample> samples, GeneratorFindings& generator) {
  for (const RunSample& sample : samples) {
    const TierFacts* found = tier_named(sample.facts, kGeneratorTier);
    if (!found || found->processes <= 0) continue;
    if (found->worst_fds)
      keep_nearest({found->worst_fds->open, found->worst_fds->limit}, generator.open_files);
    if (sample.facts.host.local_ports)
      keep_nearest(*sample.facts.host.local_ports, generator.local_ports);
  }
}

void add_doubts(GeneratorFindings& generator) {
  generator.exhausted = few_left(generator.open_files) || few_left(generator.local_ports);
  if (few_left(generator.open_files))
    generator.doubts.push_back("the load generator had " + whole(generator.open_files->used) +
                               " of " + whole(generator.open_files->limit) +
                               " open files in use: connections may have failed for want of one "
                               "(ulimit -n)");
  if (few_left(generator.local_ports))
    generator.doubts.push_back(
        "tcp held " + count_of(generator.local_ports->used, "socket") +
        " beside the load generator, and connections may leave by " +
        count_of(generator.local_ports->limit, "local port") +
        " only: some may have failed for want of one (net.ipv4.ip_local_port_range)");
  if (generator.cpu_wait_ratio.value_or(0) >= kWaitsMuch)
    generator.doubts.push_back("the load generator waited for a processor " +
                               percent(*generator.cpu_wait_ratio) +
                               " of the time in which it could run: answers look later than they "
                               "came");
}

}  // namespace

GeneratorFindings look_at_generator(const RunFindings& findings,
                                    std::span<const RunSample> samples) {
  GeneratorFindings generator{.think_seconds = think_seconds(findings.steps)};
  if (!findings.busiest) return generator;
  const LoadStep& step = findings.steps[*findings.busiest].load;
  const JudgeInput facts = mean_facts(samples.subspan(step.first_sample, step.samples));
  const TierFacts* found = tier_named(facts, kGeneratorTier);
  if (!found || found->processes <= 0) return generator;
  generator.watched = true;
  generator.cpu_cores = found->cpu_cores;
  if (found->hottest_thread) generator.hottest_thread = found->hottest_thread->cores;
  generator.saturated = generator.hottest_thread.value_or(0) >= kFullThread;
  const double delay = found->run_delay_cores.value_or(0);
  const double could_run = found->thread_run_cores.value_or(0) + delay;
  if (found->run_delay_cores && could_run > 0)
    generator.cpu_wait_ratio = delay >= kWaitsAtAll ? delay / could_run : 0;
  see_limits(samples, generator);
  add_doubts(generator);
  return generator;
}

}  // namespace tierwatch
