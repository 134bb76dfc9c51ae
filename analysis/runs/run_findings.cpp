// SPDX-License-Identifier: MIT
#include "analysis/runs/run_findings.h"

#include <algorithm>
#include <cmath>

#include "analysis/judge/judge.h"
#include "analysis/load/load_runs.h"
#include "analysis/runs/endpoints.h"
#include "analysis/runs/generator_health.h"
#include "analysis/runs/name_costs.h"
#include "analysis/runs/run_events.h"
#include "analysis/runs/run_inside.h"
#include "analysis/runs/run_settings.h"
#include "analysis/runs/run_steps.h"
#include "analysis/runs/run_verdict.h"
#include "analysis/runs/server_changes.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using Moment = std::chrono::system_clock::time_point;

constexpr double kSeldom = 2;         ///< seconds between samples
constexpr double kMuchSteal = 0.05;   ///< of the processors
constexpr double kMuchHidden = 0.01;  ///< of the requests that were due
constexpr std::size_t kFewSamples = 5;

Moment moved(Moment moment, std::chrono::nanoseconds by) {
  return moment + std::chrono::duration_cast<Moment::duration>(by);
}

/// The load, once it can be placed on our clock.
struct LoadOnClock {
  std::optional<LoadSeries> series;
  std::optional<Moment> begin;
  /// Where its points count from.
  std::optional<Moment> start_on_clock(const ClockOffset& clock) const {
    return moved(*series->start, clock.offset);
  }
};

LoadOnClock place(const RunData& run, const ClockOffset& clock) {
  LoadOnClock placed;
  if (!run.load || !clock.usable()) return placed;
  placed.series = *run.load;
  if (clock.start) placed.series->start = clock.start;
  if (!placed.series->start) return {};
  if (run.samples.size() > 1) {
    const auto& first = run.samples.front();
    const RunTime by_its_clock{moved(first.at, -clock.offset - duration_of(first.facts.seconds)),
                               moved(run.samples.back().at, -clock.offset)};
    placed.series = cut_to_recording(*placed.series, by_its_clock);
  }
  const auto& points = placed.series->points;
  const auto first = points.empty() ? std::chrono::nanoseconds(0) : points.front().begin;
  placed.begin = moved(*placed.series->start, clock.offset + first);
  return placed;
}

void set_label(const RunData& run, RunFindings& findings) {
  findings.label = run.label;
  findings.hosts = run.hosts;
  RunLabel& label = findings.label;
  if (label.begin == label.end && !run.samples.empty()) {
    label.begin = run.samples.front().at;
    label.end = run.samples.back().at;
  }
  findings.seconds = seconds_of(label.end - label.begin);
  findings.samples = run.samples.size();
  findings.sample_seconds = usual_interval(run.samples);
  const HostFacts host = mean_facts(run.samples).host;
  findings.host = {.processors = host.processors,
                   .busy_cores = host.busy_cores,
                   .steal_cores = host.steal_cores,
                   .cpu_pressure_ratio = host.cpu_pressure_ratio,
                   .memory_available_bytes = host.memory_available_bytes};
  if (!run.load) return;
  findings.load_tool = run.load->tool;
  findings.load_source = run.load->source;
  findings.totals = run.load->totals;
}

void set_steps(const RunData& run, const LoadOnClock& load, RunFindings& findings) {
  const RunTime ran{findings.label.begin, findings.label.end};
  for (const LoadStep& step :
       load_steps(load.series ? &*load.series : nullptr, findings.clock.offset, run.samples, ran))
    findings.steps.push_back(look_at_step(step, run, findings.label.begin));
  set_shapes(findings.steps);
  // Once it is known that throughput is flat, the judge is told.
  for (StepFindings& step : findings.steps) {
    if (!is_flat(step.shape) || step.load.samples == 0 || run.look) continue;
    JudgeInput facts = without_generator(
        mean_facts(run.samples.subspan(step.load.first_sample, step.load.samples)),
        run.label.command);
    facts.load = facts.load.value_or(LoadFacts{});
    facts.load->throughput_flat = true;
    step.verdict = judge(facts, run.thresholds);
  }
  findings.busiest = busiest_step(findings.steps);
}

/// Its last sample's; without steps, the run's.
std::vector<RunSetting> settings_at_busiest(const RunFindings& findings, const RunData& run) {
  if (run.samples.empty()) return {};
  std::size_t last = run.samples.size() - 1;
  if (findings.busiest) {
    const LoadStep& step = findings.steps[*findings.busiest].load;
    if (step.samples > 0) last = step.first_sample + step.samples - 1;
  }
  return run_settings(run.samples[last].facts);
}

std::vector<LoadStep> plain_steps(const RunFindings& findings) {
  std::vector<LoadStep> steps;
  for (const StepFindings& step : findings.steps) steps.push_back(step.load);
  return steps;
}

void set_ceilings(RunFindings& findings) {
  const auto what = limiting_resource(findings.steps, findings.knee);
  if (what) findings.first_ceiling = ceiling_of_limit(findings, *what);
  if (!findings.first_ceiling && !findings.demand.ceilings.empty())
    findings.first_ceiling = findings.demand.ceilings.front();
  if (findings.first_ceiling)
    findings.next_ceiling = ceiling_after(findings.demand, *findings.first_ceiling);
}

void answer_questions(const RunData& run, RunFindings& findings) {
  if (run.questions.empty()) return;
  if (!findings.busiest) {
    WhatIfBasis nothing{.facts = mean_facts(run.samples)};
    nothing.demand.missing = "without a load generator's file throughput is not known";
    for (const WhatIf& one : run.questions) findings.what_if.push_back(what_if(one, nothing));
    return;
  }
  const LoadStep& step = findings.steps[*findings.busiest].load;
  WhatIfBasis basis{.demand = findings.demand,
                    .facts = mean_facts(run.samples.subspan(step.first_sample, step.samples)),
                    .limiting = limiting_resource(findings.steps, findings.knee),
                    .least_cycle_seconds = least_cycle_seconds(findings.steps)};
  if (const auto highest = findings.highest_requests_per_second())
    basis.highest_requests_per_second = highest->value;
  for (const StepFindings& one : findings.steps)
    if (one.load.users) basis.users = std::max(basis.users.value_or(0), *one.load.users);
  for (const WhatIf& question : run.questions) findings.what_if.push_back(what_if(question, basis));
}

void warn_of_load(const RunFindings& findings, const RunData& run,
                  const std::optional<LoadSeries>& load, std::vector<std::string>& warnings) {
  if (!run.load) {
    warnings.push_back("no load generator's file: throughput, latency and ceilings are not known");
    return;
  }
  const LoadSeries& told = load ? *load : *run.load;
  warnings.insert(warnings.end(), told.warnings.begin(), told.warnings.end());
  if (!findings.clock.usable() || findings.clock.source == ClockOffset::Source::kAssumed)
    warnings.push_back("clock: " + findings.clock.words);
  const double errors = findings.failed_ratio().value_or(0);
  if (errors > kManyErrors)
    warnings.push_back(percent(errors) +
                       " of the requests failed: failures cost something else than answers, and "
                       "throughput counts both");
}

void warn_of_samples(const RunFindings& findings, std::vector<std::string>& warnings) {
  if (findings.samples == 0) warnings.push_back("nothing was recorded on this machine");
  if (findings.sample_seconds > kSeldom)
    warnings.push_back("one sample in " + two_digits(findings.sample_seconds) +
                       " s: short peaks are not seen");
  const auto few = std::ranges::count_if(findings.steps, [](const StepFindings& step) {
    return step.load.short_data || step.load.samples < kFewSamples;
  });
  if (few > 0)
    warnings.push_back(count_of(double(few), "step") +
                       " shorter than 10 s or with fewer than five samples: not to be relied on");
  const double steal = findings.host.steal_cores.value_or(0);
  if (findings.host.processors > 0 && steal > kMuchSteal * findings.host.processors)
    warnings.push_back("other virtual machines took " + two_digits(steal) +
                       " cores: what a request costs looks higher than it is");
  const auto gaps = std::ranges::count(findings.events, "gap", &RunEvent::kind);
  if (gaps > 0)
    warnings.push_back(count_of(double(gaps), "gap") + " in what was recorded: see the events");
  if (findings.offered && findings.offered->hidden &&
      findings.offered->hidden->ratio >= kMuchHidden)
    warnings.push_back("percentiles lack at least " +
                       count_of(findings.offered->hidden->requests, "request") +
                       " that were due while users waited: see what was offered and achieved");
  const auto& doubts = findings.generator.doubts;
  warnings.insert(warnings.end(), doubts.begin(), doubts.end());
  if (findings.label.exit_status.value_or(0) != 0)
    warnings.push_back("the load generator ended with status " +
                       std::to_string(*findings.label.exit_status));
}

}  // namespace

std::string_view to_string(StepShape shape) {
  constexpr std::string_view kNames[] = {"unknown", "linear", "knee", "saturated", "retrograde"};
  return kNames[static_cast<std::size_t>(shape)];
}

std::string_view to_string(RunVerdict::Outcome outcome) {
  constexpr std::string_view kNames[] = {"unknown", "not saturated", "saturated", "elsewhere"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string_view to_string(RunVerdict::LookAt look_at) {
  constexpr std::string_view kNames[] = {"",           "generator", "network",
                                         "think time", "more load", "errors"};
  return kNames[static_cast<std::size_t>(look_at)];
}

std::string_view to_string(ThresholdAnswer::Outcome outcome) {
  constexpr std::string_view kNames[] = {"passed", "exceeded", "unknown"};
  return kNames[static_cast<std::size_t>(outcome)];
}

RunFindings find_in_run(const RunData& run) {
  RunFindings findings;
  set_label(run, findings);
  if (run.load)
    findings.clock = align(*run.load, run.samples, run.alignment);
  else
    findings.clock.words = "no load generator's file";
  const LoadOnClock load = place(run, findings.clock);
  if (load.series) findings.totals = load.series->totals;
  set_steps(run, load, findings);
  const auto steps = plain_steps(findings);
  const auto bent = find_knee(findings.steps, {});
  findings.demand =
      find_demand(steps, bent ? std::optional(bent->step) : std::nullopt, run.samples, load.begin);
  findings.knee = bent;
  set_ceilings(findings);
  if (findings.first_ceiling)
    findings.knee = find_knee(findings.steps, findings.first_ceiling->requests_per_second.value);
  const auto load_start = load.series ? load.start_on_clock(findings.clock) : std::nullopt;
  const LoadSeries* const series = load.series ? &*load.series : run.load;
  findings.endpoints = find_endpoints(series, findings.steps, load_start);
  if (series)
    find_name_costs(*series, load_start, run.samples, findings.demand, findings.endpoints);
  if (series) findings.offered = find_offered(*series, steps, load_start, run.label.command);
  findings.generator = look_at_generator(findings, run.samples);
  if (series) findings.generator.tells_errors = series->errors_known;
  findings.events = find_events(run.samples, run.marks);
  const std::vector<RunEvent> changed = find_setting_changes(run.samples);
  findings.events.insert(findings.events.end(), changed.begin(), changed.end());
  const RunTime ran{findings.label.begin, findings.label.end};
  const std::vector<RunEvent> servers = find_server_changes(run.things, ran);
  findings.events.insert(findings.events.end(), servers.begin(), servers.end());
  std::ranges::stable_sort(findings.events, {}, &RunEvent::at);
  findings.settings = settings_at_busiest(findings, run);
  const std::vector<RunSetting> things = server_things_at(run.things, ran.end);
  findings.settings.insert(findings.settings.end(), things.begin(), things.end());
  findings.strip = verdict_strip(run.samples);
  findings.waste = find_waste(run.samples);
  findings.forecasts = forecast_limits(steps, run.samples);
  findings.fit = fit_scalability(steps);
  answer_questions(run, findings);
  findings.verdict = conclude(findings);
  findings.inside = find_inside_run(run, findings);
  findings.warnings = run.notes;
  warn_of_load(findings, run, load.series, findings.warnings);
  warn_of_samples(findings, findings.warnings);
  return findings;
}

}  // namespace tierwatch
