// SPDX-License-Identifier: MIT
#include "tests/support/sample_report.h"

#include <algorithm>

namespace tierwatch {
namespace {

using std::chrono::seconds;

constexpr std::chrono::system_clock::time_point kBegin{seconds(1'760'000'000)};
constexpr int kStepSeconds = 20;
constexpr double kUsers[] = {50, 100, 200};
constexpr double kRates[] = {97, 190, 262};

TierFacts uwsgi_at(double rate) {
  TierFacts tier{.name = "uwsgi", .preset = "uwsgi", .processes = 5};
  tier.serving = RoleKind::kSyncWorker;
  tier.single_core_processes = true;
  tier.workers = tier.worker_processes = 4;
  tier.busy_workers = std::min(4.0, rate / 65);
  tier.cpu_cores = tier.serving_cores = 0.02 + rate * 0.015;
  tier.run_delay_cores = rate > 250 ? 0.4 : 0.02;
  tier.allowed_cpus = 8;
  tier.own_memory_bytes = 240.0 * 1024 * 1024;
  tier.worst_fds = {.pid = 11, .open = 12, .limit = 1024};
  tier.listeners = {{.name = "/run/app.sock",
                     .queue_mean = rate > 250 ? 31.0 : 0.0,
                     .queued_ratio = rate > 250 ? 1.0 : 0.0,
                     .queue_peak = rate > 250 ? 64.0 : 0.0,
                     .limit = 100}};
  return tier;
}

TierFacts nginx_at(double rate, double users) {
  TierFacts tier{.name = "nginx", .preset = "nginx", .processes = 3};
  tier.serving = RoleKind::kEventWorker;
  tier.worker_processes = 2;
  tier.cpu_cores = tier.serving_cores = 0.01 + rate * 0.0006;
  tier.allowed_cpus = 8;
  tier.own_memory_bytes = 12.0 * 1024 * 1024;
  tier.worst_fds = {.pid = 7, .open = 20 + users, .limit = 1024};
  return tier;
}

void add_second(int second, SampleReport& report) {
  const auto step = static_cast<std::size_t>(second / kStepSeconds);
  const double rate = kRates[step], users = kUsers[step];
  RunSample sample{.at = kBegin + seconds(second + 1)};
  sample.facts.seconds = 1;
  sample.facts.host = {.processors = 8, .busy_cores = rate * 0.0165 + 0.1};
  sample.facts.tiers = {nginx_at(rate, users), uwsgi_at(rate)};
  sample.state = step == 2 ? VerdictState::kSaturated : VerdictState::kClear;
  if (step == 2) sample.named = TierResource{"uwsgi", Resource::kCpu};
  report.samples.push_back(sample);
  report.load->points.push_back({.begin = seconds(second),
                                 .requests = rate,
                                 .errors = step == 2 ? 2.0 : 0.0,
                                 .users = users,
                                 .mean_seconds = 0.014 * double(step + 1),
                                 .p50_seconds = 0.011 * double(step + 1),
                                 .p95_seconds = 0.030 * double(step + 1),
                                 .p99_seconds = 0.055 * double(step + 1)});
}

TierAtStep at_step(const TierFacts& facts, double capacity, const std::string& bound) {
  TierAtStep tier{.tier = facts.name,
                  .cpu_cores = facts.cpu_cores,
                  .capacity_cores = capacity,
                  .utilization_ratio = *facts.cpu_cores / capacity,
                  .bound = bound,
                  .workers = facts.workers,
                  .busy_workers = facts.busy_workers,
                  .memory_bytes = facts.own_memory_bytes};
  tier.fds_open = facts.worst_fds->open;
  tier.fds_limit = facts.worst_fds->limit;
  if (facts.run_delay_cores)
    tier.run_delay_ratio = *facts.run_delay_cores / (*facts.run_delay_cores + *facts.cpu_cores);
  if (facts.listeners) {
    const ListenerFacts& listener = facts.listeners->front();
    tier.queue_mean = listener.queue_mean;
    tier.queue_peak = listener.queue_peak;
    tier.queue_limit = listener.limit;
    tier.queued_ratio = listener.queued_ratio;
    tier.queue_wait_seconds = listener.queue_mean / 262;
  }
  return tier;
}

StepFindings step_findings(std::size_t i, const SampleReport& report) {
  const int begin = int(i) * kStepSeconds + 3, end = int(i + 1) * kStepSeconds;
  StepFindings step{.from_run_begin_seconds = double(begin)};
  step.load = {.begin = kBegin + seconds(begin),
               .end = kBegin + seconds(end),
               .left_out_seconds = 3,
               .users = kUsers[i],
               .requests_per_second = Estimate{kRates[i], kRates[i] * 0.99, kRates[i] * 1.01},
               .error_ratio = i == 2 ? 2.0 / 262 : 0.0,
               .mean_seconds = 0.014 * double(i + 1),
               .p50_seconds = 0.011 * double(i + 1),
               .p95_seconds = 0.030 * double(i + 1),
               .p99_seconds = 0.055 * double(i + 1),
               .first_sample = std::size_t(begin),
               .samples = std::size_t(end - begin)};
  constexpr StepShape kShapes[] = {StepShape::kLinear, StepShape::kLinear, StepShape::kSaturated};
  step.shape = kShapes[i];
  const JudgeInput& facts = report.samples[std::size_t(begin)].facts;
  step.host = {.processors = 8, .busy_cores = facts.host.busy_cores};
  step.tiers = {at_step(facts.tiers[0], 2, "2 workers × 1"),
                at_step(facts.tiers[1], 4, "4 workers × 1")};
  step.verdict.state = i == 2 ? VerdictState::kSaturated : VerdictState::kClear;
  if (i == 2) step.verdict.tier = "uwsgi";
  return step;
}

Ceiling ceiling(const std::string& tier, double capacity, const std::string& bound, double demand,
                double used) {
  const double rate = capacity / demand;
  return {.tier = tier,
          .bound = bound,
          .capacity = capacity,
          .demand = {.seconds = {demand, demand * 0.98, demand * 1.02}},
          .requests_per_second = {rate, rate * 0.98, rate * 1.02},
          .used_ratio = used,
          .headroom_ratio = rate / 262 - 1};
}

void set_demand(RunFindings& findings) {
  findings.first_ceiling = ceiling("uwsgi", 4, "4 workers × 1", 0.015, 0.99);
  findings.next_ceiling = ceiling("host", 8, "8 cores of the host", 0.0165, 0.54);
  const Ceiling nginx = ceiling("nginx", 2, "2 workers × 1", 0.0006, 0.08);
  findings.demand = {.tiers = {{.tier = "uwsgi",
                                .cpu = {.seconds = {0.015, 0.0147, 0.0153},
                                        .method = Demand::Method::kSlope,
                                        .idle = 0.02,
                                        .r_squared = 0.999,
                                        .inflation_ratio = 1.02},
                                .share = 0.96,
                                .ceilings = {*findings.first_ceiling}},
                               {.tier = "nginx",
                                .cpu = {.seconds = {0.0006, 0.00058, 0.00062}, .idle = 0.01},
                                .share = 0.04,
                                .ceilings = {nginx}}},
                     .ceilings = {*findings.first_ceiling, *findings.next_ceiling, nginx},
                     .fitted_steps = 2};
}

void set_outlook(RunFindings& findings) {
  findings.fit.words = "3 levels of load, at least 6 are needed";
  findings.waste = {{.tier = "host",
                     .what = "cores",
                     .provided = 8,
                     .highest_used = 4.4,
                     .words = "host: 8 cores, never more than 4.42 used"}};
  findings.forecasts = {{.tier = "nginx",
                         .resource = Resource::kFds,
                         .growth = {1, 0.98, 1.02},
                         .highest = 220,
                         .limit = 1024,
                         .wall = {1004, 985, 1024},
                         .words = "nginx: 1 file per user; 1024 are open at about 1004 users"}};
  findings.what_if = {
      {.question = "workers=8",
       .answered = true,
       .tier = "uwsgi",
       .before = {267, 262, 272},
       .requests_per_second = {485, 475, 495},
       .binds = findings.next_ceiling,
       .users = 200,
       .words = "at most 475 to 495/s instead of 262 to 272/s; then the host's cores limit"}};
}

RequestsOfName endpoint(const std::string& name, double share, double p95) {
  RequestsOfName one{.name = name,
                     .requests = 10980 * share,
                     .requests_per_second = 183 * share,
                     .error_ratio = 0.004,
                     .mean_seconds = p95 / 2,
                     .p50_seconds = p95 / 3,
                     .p95_seconds = p95,
                     .p99_seconds = 2 * p95,
                     .max_seconds = 4 * p95};
  for (std::size_t i = 0; i < 3; ++i)
    one.steps.push_back({.requests_per_second = kRates[i] * share,
                         .error_ratio = i == 2 ? 0.008 : 0.0,
                         .mean_seconds = p95 * double(i + 1) / 4,
                         .p50_seconds = p95 * double(i + 1) / 6,
                         .p95_seconds = p95 * double(i + 1) / 2,
                         .p99_seconds = p95 * double(i + 1)});
  return one;
}

void set_endpoints(RunFindings& findings) {
  NamedRequests& found = findings.endpoints;
  found.endpoints = {endpoint("GET /", 0.7, 0.06), endpoint("POST /cart", 0.2, 0.18)};
  found.others = endpoint("", 0.1, 0.08);
  found.other_count = 12;
  found.endpoints[1].slow_step = 1;
  found.endpoints[1].slower_ratio = 2;
  found.slow_first = {1};
  found.words =
      "First to get slow: POST /cart, p95 180 ms at 100 users, 90 ms with least load (× 2).";
}

/// A pace of half a second, which the users of the last step do not reach.
void set_offered(RunFindings& findings) {
  OfferedLoad offered{.sending = {.model = LoadModel::kPaced,
                                  .measured = true,
                                  .words = "each user began a request every 500 ms",
                                  .pause_seconds = {},
                                  .pace_seconds = 0.5},
                      .steps = {},
                      .words =
                          "Of 400/s offered, 262/s were achieved: 34 % less; the load "
                          "generator sent only 262/s.",
                      .hidden = HiddenRequests{2540, 0.19, 20, 1.4},
                      .hidden_words = "Coordinated omission hides at least 2540 requests."};
  for (std::size_t i = 0; i < 3; ++i)
    offered.steps.push_back({.offered_per_second = 2 * kUsers[i],
                             .sent_per_second = kRates[i],
                             .achieved_per_second = kRates[i],
                             .short_ratio = 1 - kRates[i] / (2 * kUsers[i])});
  findings.offered = std::move(offered);
}

RunVerdict sample_verdict() {
  return {.outcome = RunVerdict::Outcome::kSaturated,
          .sentence =
              "uwsgi cpu limited it at 262/s: cpu 3.95 of 4.00 cores (4 workers × 1), from "
              "200 users on (high confidence). Once that is lifted, all cores of the host "
              "limits at about 485/s.",
          .advice = "Give it more workers or cores as far as the host has them",
          .tier = "uwsgi",
          .resource = Resource::kCpu,
          .confidence = Confidence::kHigh,
          .confidence_because = "throughput stopped growing with the load",
          .since_users = 200,
          .since_requests_per_second = 262,
          .since_seconds = 43,
          .evidence = {"its queue /run/app.sock held 31 connections on average"},
          .counter_evidence = {"nginx: cpu 8 % of 2 workers × 1; its ceiling is 3333/s"},
          .blind_spots = {"what the workers wait for: needs ptrace rights"},
          .named_in_order = {{"uwsgi", Resource::kCpu}}};
}

LoadTotals sample_totals() {
  return {.requests = 10980,
          .errors = 40,
          .seconds = 60,
          .users = 200,
          .mean_seconds = 0.03,
          .p50_seconds = 0.024,
          .p95_seconds = 0.081,
          .p99_seconds = 0.15,
          .max_seconds = 0.41};
}

void set_findings(SampleReport& report) {
  RunFindings& findings = report.findings;
  findings.label = {.name = "friday",
                    .command = "jmeter -n -t shop.jmx -l run.jtl",
                    .exit_status = 0,
                    .begin = kBegin,
                    .end = kBegin + seconds(60)};
  findings.seconds = 60;
  findings.sample_seconds = 1;
  findings.samples = report.samples.size();
  findings.host = {.processors = 8, .busy_cores = 3.1};
  findings.load_tool = report.load->tool;
  findings.load_source = report.load->source;
  findings.totals = report.load->totals;
  findings.clock = {.source = ClockOffset::Source::kCorrelation,
                    .offset = std::chrono::milliseconds(7300),
                    .correlation = 0.98,
                    .rival_correlation = 0.61,
                    .error_seconds = 0.2,
                    .signal = "CPU of uwsgi",
                    .words = "+7.30 s, found by correlation of throughput with CPU of uwsgi"};
  findings.verdict = sample_verdict();
  for (std::size_t i = 0; i < 3; ++i) findings.steps.push_back(step_findings(i, report));
  findings.busiest = 2;
  findings.knee = Knee{.step = 2, .users = 200, .requests_per_second = 262, .users_by_bounds = 137};
  set_demand(findings);
  set_outlook(findings);
  set_endpoints(findings);
  set_offered(findings);
  findings.strip = {{kBegin, kBegin + seconds(40), VerdictState::kClear, std::nullopt},
                    {kBegin + seconds(40), kBegin + seconds(60), VerdictState::kSaturated,
                     TierResource{"uwsgi", Resource::kCpu}}};
  findings.events = {{kBegin + seconds(30), "mark", "", "cache warm"},
                     {kBegin + seconds(45), "queue overflow", "uwsgi", "3 connections refused"}};
  findings.warnings = {"steps are short: 17 s"};
}

}  // namespace

SampleReport sample_report() {
  SampleReport report;
  report.load = std::make_shared<LoadSeries>();
  report.load->tool = "jmeter";
  report.load->source = "run.jtl";
  report.load->start = kBegin - std::chrono::milliseconds(7300);
  report.load->totals = sample_totals();
  for (int second = 0; second < 3 * kStepSeconds; ++second) add_second(second, report);
  report.marks = {{kBegin + seconds(30), "cache warm"}};
  set_findings(report);
  return report;
}

SampleReport hostile_report(const std::string& text) {
  SampleReport report = sample_report();
  RunFindings& findings = report.findings;
  for (RunSample& sample : report.samples) {
    sample.facts.tiers[1].name = text;
    if (sample.named) sample.named->tier = text;
  }
  findings.label.name = findings.label.command = text;
  findings.load_tool = findings.load_source = findings.clock.words = text;
  findings.verdict.sentence = findings.verdict.advice = findings.verdict.tier = text;
  findings.verdict.evidence = findings.verdict.counter_evidence = {text, text};
  findings.warnings = findings.verdict.blind_spots = {text};
  for (StepFindings& step : findings.steps) {
    step.tiers[1].tier = step.tiers[1].bound = step.tiers[1].waits_for = text;
    if (step.verdict.named()) step.verdict.tier = text;
  }
  findings.demand.tiers[0].tier = text;
  for (Ceiling* one :
       {&*findings.first_ceiling, &*findings.next_ceiling, &findings.demand.ceilings[0]})
    one->tier = one->bound = text;
  findings.strip[1].named->tier = text;
  findings.endpoints.endpoints[0].name = findings.endpoints.words = text;
  findings.offered->sending.words = findings.offered->words = text;
  findings.offered->hidden_words = findings.offered->asked_by = text;
  findings.waste[0].words = findings.forecasts[0].words = text;
  findings.what_if[0].question = findings.what_if[0].words = text;
  for (RunEvent& event : findings.events) event.text = text;
  findings.events[1].tier = text;
  return report;
}

RunComparison sample_comparison() {
  return {.names_a = {"before"},
          .names_b = {"after"},
          .verdict = Change::kBetter,
          .sentence = "after is better: throughput +25.0 % at 200 users",
          .noise = "one run each: a run-to-run noise of 3 % is assumed",
          .measures = {{.name = "throughput",
                        .unit = "/s",
                        .users = 200,
                        .a = 262,
                        .b = 327.5,
                        .values_a = {262},
                        .values_b = {327.5},
                        .change = {0.25, 0.17, 0.33},
                        .verdict = Change::kBetter},
                       {.name = "p95",
                        .unit = "s",
                        .users = 100,
                        .a = 0.06,
                        .b = 0.061,
                        .values_a = {0.06},
                        .values_b = {0.061},
                        .change = {0.017, -0.06, 0.10},
                        .higher_is_better = false,
                        .verdict = Change::kInconclusive}},
          .bottleneck_a = "uwsgi cpu",
          .bottleneck_b = "host cpu",
          .bottleneck_moved = true,
          .guardrails = {{"errors", "0 % against 0.8 %"}}};
}

}  // namespace tierwatch
