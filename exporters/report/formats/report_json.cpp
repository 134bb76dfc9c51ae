// SPDX-License-Identifier: MIT
#include "exporters/report/formats/report_json.h"

#include "collectors/text/plain_words.h"
#include "exporters/json/json_writer.h"
#include "exporters/json/snapshot_fields.h"
#include "exporters/report/formats/report_fields.h"
#include "exporters/report/inside_section.h"
#include "exporters/report/report_words.h"

namespace tierwatch {

TIERWATCH_FIELDS(RunLabel, name, command, exit_status, begin, end);
TIERWATCH_FIELDS(HostAtStep, processors, busy_cores, steal_cores, cpu_pressure_ratio,
                 memory_available_bytes);
TIERWATCH_FIELDS(TierAtStep, tier, cpu_cores, capacity_cores, utilization_ratio, bound,
                 run_delay_cores, run_delay_ratio, workers, busy_workers, queue_mean, queue_peak,
                 queue_limit, queued_ratio, queue_wait_seconds, fds_open, fds_limit, memory_bytes,
                 memory_used_bytes, memory_limit_bytes, connections, connections_limit, waits_for,
                 waits_share);
TIERWATCH_FIELDS(Knee, step, users, requests_per_second, users_by_bounds);
TIERWATCH_FIELDS(HostWait, tier, peer, watched, requests, share);

void fields(auto& io, const HostInRun& host) {
  TIERWATCH_OWN_NAMES(io, host, host, instance, addresses, scrape_seconds, samples, seconds,
                      processors, busy_cores, memory_available_bytes, tiers);
  if (host.named)
    io.object("full", [&](auto& inner) {
      fields(inner, *host.named);
      inner("seconds", host.named_seconds);
    });
  TIERWATCH_OWN_NAMES(io, host, clear_seconds, unknown_seconds, waits);
}

TIERWATCH_FIELDS(RunEvent, at, kind, tier, text);
TIERWATCH_FIELDS(RunSetting, tier, name, value);
TIERWATCH_FIELDS(TierDemand, tier, cpu, share, workers);
TIERWATCH_FIELDS(DemandFindings, tiers, host_cpu, ceilings, missing, fitted_steps);
TIERWATCH_FIELDS(Ceiling, tier, resource, bound, capacity, demand, requests_per_second, used_ratio,
                 headroom_ratio);
TIERWATCH_FIELDS(LimitForecast, tier, resource, per, growth, highest, limit, wall, words);
TIERWATCH_FIELDS(Waste, tier, what, provided, highest_used, suggested, saved_bytes, words);
TIERWATCH_FIELDS(PlotLimit, name, value);
TIERWATCH_FIELDS(ComparedMeasure, name, unit, users, a, b, values_a, values_b, change,
                 higher_is_better, verdict, words);
TIERWATCH_FIELDS(Guardrail, name, words);
TIERWATCH_FIELDS(ThresholdAnswer, condition, outcome, words);
TIERWATCH_FIELDS(FailIfAnswer, fails, certain, unknown, words);

TIERWATCH_FIELDS(RequestsOfNameInStep, requests_per_second, error_ratio, mean_seconds, p50_seconds,
                 p95_seconds, p99_seconds);

TIERWATCH_FIELDS(CostOfName, tier, seconds);

void fields(auto& io, const RequestsOfName& endpoint) {
  TIERWATCH_OWN_NAMES(io, endpoint, name, requests, requests_per_second, error_ratio, mean_seconds,
                      p50_seconds, p95_seconds, p99_seconds, max_seconds, steps, slow_step,
                      slower_ratio, cpu);
}

TIERWATCH_FIELDS(OfferedInStep, offered_per_second, sent_per_second, achieved_per_second,
                 short_ratio);
TIERWATCH_FIELDS(HiddenRequests, requests, ratio, stalled_seconds, p99_seconds);

void fields(auto& io, const OfferedLoad& offered) {
  const SendingModel& sending = offered.sending;
  TIERWATCH_OWN_NAMES(io, sending, model, measured);
  io("because", sending.words);
  TIERWATCH_OWN_NAMES(io, sending, pause_seconds, pace_seconds);
  TIERWATCH_OWN_NAMES(io, offered, asked_per_second, asked_by, steps, dropped, words, hidden,
                      hidden_words);
}

void fields(auto& io, const Demand& demand) {
  io("seconds", demand.seconds);
  io("method", demand.method == Demand::Method::kSlope ? "slope" : "ratio");
  TIERWATCH_OWN_NAMES(io, demand, idle, r_squared, inflation_ratio);
}

void fields(auto& io, const ClockOffset& clock) {
  io("source", clock.source);
  if (clock.usable()) {
    io("offset_seconds", seconds_of(clock.offset));
    io("zone_minutes", static_cast<double>(clock.zone.count()));
  }
  TIERWATCH_OWN_NAMES(io, clock, error_seconds, correlation, rival_correlation, signal, words);
}

void fields(auto& io, const RunVerdict& verdict) {
  TIERWATCH_OWN_NAMES(io, verdict, outcome, look_at, sentence, advice);
  if (verdict.outcome == RunVerdict::Outcome::kSaturated)
    TIERWATCH_OWN_NAMES(io, verdict, tier, resource, confidence, confidence_because);
  TIERWATCH_OWN_NAMES(io, verdict, since_users, since_requests_per_second, since_seconds, evidence,
                      counter_evidence, blind_spots, named_in_order);
}

void fields(auto& io, const InsideGroup& group) {
  TIERWATCH_OWN_NAMES(io, group, kind, steps, seconds, looks, samples);
  io("running_samples", group.running);
  io("torn_ratio", group.torn);
  io("moved_ratio", group.moved);
  TIERWATCH_OWN_NAMES(io, group, requests_per_second, cpu_seconds_per_request);
}

TIERWATCH_FIELDS(InsideCost, samples, ratio, seconds_per_request);

/// Of a statement the place has a text alone.
void fields(auto& io, const InsideRow& row) {
  TIERWATCH_OWN_NAMES(io, row, activity, peer, peer_tier);
  const InsidePlace& place = row.place;
  TIERWATCH_OWN_NAMES(io, place, function, file);
  if (!place.file.empty()) io("line", place.line);
  io("groups", row.groups);
}

void fields(auto& io, const TierInside& tier) {
  TIERWATCH_OWN_NAMES(io, tier, tier, content);
  io("basis", tier.of_cpu ? "cpu" : "held");
  TIERWATCH_OWN_NAMES(io, tier, groups, rows, most, grown);
}

TIERWATCH_FIELDS(InsideNote, tier, text);

void fields(auto& io, const GeneratorFindings& generator) {
  TIERWATCH_OWN_NAMES(io, generator, watched, cpu_cores);
  io("hottest_thread_cores", generator.hottest_thread);
  TIERWATCH_OWN_NAMES(io, generator, saturated, think_seconds, cpu_wait_ratio);
  if (generator.open_files) {
    io("open_files", generator.open_files->used);
    io("open_files_limit", generator.open_files->limit);
  }
  if (generator.local_ports) {
    io("tcp_sockets", generator.local_ports->used);
    io("local_ports", generator.local_ports->limit);
  }
  TIERWATCH_OWN_NAMES(io, generator, exhausted, doubts);
}

void fields(auto& io, const VerdictSpan& span) {
  TIERWATCH_OWN_NAMES(io, span, begin, end, state);
  if (span.named) fields(io, *span.named);
}

void fields(auto& io, const StepFindings& step) {
  const LoadStep& load = step.load;
  TIERWATCH_OWN_NAMES(io, load, kind, begin, end);
  io("from_run_begin_seconds", step.from_run_begin_seconds);
  io("left_out_seconds", load.left_out_seconds);
  io("short", load.short_data);
  TIERWATCH_OWN_NAMES(io, load, users, requests_per_second);
  io("under_way", load.under_way());
  TIERWATCH_OWN_NAMES(io, load, error_ratio, mean_seconds, p50_seconds, p95_seconds, p99_seconds,
                      samples);
  io("shape", step.shape);
  // As far as it is about this step: of its candidates the report says more.
  io.object("verdict", [&](auto& inner) {
    const Verdict& verdict = step.verdict;
    TIERWATCH_OWN_NAMES(inner, verdict, state, reason);
    if (const auto named = verdict.named()) {
      fields(inner, *named);
      TIERWATCH_OWN_NAMES(inner, verdict, confidence, joint_with);
    }
    inner("sentence", verdict.sentence);
    inner("waiters", step.waiters);
  });
  TIERWATCH_OWN_NAMES(io, step, host, tiers);
}

void fields(auto& io, const ScalabilityFit& fit) {
  TIERWATCH_OWN_NAMES(io, fit, fitted, words);
  if (fit.fitted)
    TIERWATCH_OWN_NAMES(io, fit, over, lambda, sigma, kappa, r_squared, highest_n, peak_n,
                        peak_requests_per_second);
}

void fields(auto& io, const WhatIfAnswer& answer) {
  TIERWATCH_OWN_NAMES(io, answer, question, answered);
  if (answer.answered)
    TIERWATCH_OWN_NAMES(io, answer, tier, before, requests_per_second, users, with_same_users,
                        binds);
  io("words", answer.words);
}

void fields(auto& io, const PlotLine& line) {
  io("name", line.name);
  io("mark", line.mark == PlotLine::Mark::kPoints ? "points" : "line");
  io("values", line.values);
}

void fields(auto& io, const Plot& plot) {
  TIERWATCH_OWN_NAMES(io, plot, name, title);
  io.put("unit", plot.unit);  // empty: a count
  TIERWATCH_OWN_NAMES(io, plot, x, stacked, xs);
  io("series", plot.lines);
  io("limits", plot.limits);
}

namespace {

constexpr std::size_t kLongestName = 80;      ///< on the page
constexpr std::size_t kMostPoints = 4000;     ///< of a plot on the page
constexpr std::size_t kMostPageEvents = 500;  ///< drawn on the page

JsonWriter report_writer() { return JsonWriter(JsonWriter::Style::kReport); }

/// On the button that zooms to it.
std::string step_name(const StepFindings& step) {
  if (step.load.users) return count_of(*step.load.users, "user");
  if (step.load.requests_per_second)
    return rate_figure(step.load.requests_per_second->value) + "/s";
  return elapsed_figure(step.from_run_begin_seconds);
}

void write_load(JsonWriter& io, const RunFindings& findings) {
  if (!findings.totals) return;
  const LoadTotals& totals = *findings.totals;
  io.object("load", [&](JsonWriter& load) {
    load("tool", findings.load_tool);
    load("source", findings.load_source);
    load.object("totals", [&](JsonWriter& inner) {
      inner("requests", totals.requests);
      inner("errors", findings.failed());
      inner("seconds", totals.seconds);
      inner("requests_per_second", totals.requests_per_second());
      TIERWATCH_OWN_NAMES(inner, totals, users, mean_seconds, p50_seconds, p90_seconds, p95_seconds,
                          p99_seconds, max_seconds);
    });
  });
}

void shorten(std::string& name) { name = one_line(name, kLongestName); }

Plot on_page(const Plot& plot) {
  Plot shown = thinned(plot, kMostPoints);
  for (PlotLine& line : shown.lines) shorten(line.name);
  for (PlotLimit& limit : shown.limits) shorten(limit.name);
  return shown;
}

}  // namespace

std::string report_json(const RunFindings& findings, std::span<const Plot> plots, int indent) {
  JsonWriter io = report_writer();
  io("format", "tierwatch-report");
  io("format_version", kReportFormatVersion);
  io("verdict", findings.verdict);
  if (!findings.thresholds.empty()) io("thresholds", findings.thresholds);
  io("run", findings.label);
  TIERWATCH_OWN_NAMES(io, findings, seconds, sample_seconds, samples, host);
  if (!findings.hosts.empty()) io("hosts", findings.hosts);
  write_load(io, findings);
  TIERWATCH_OWN_NAMES(io, findings, clock, generator, steps);
  io("busiest_step", findings.busiest);
  if (!findings.endpoints.endpoints.empty()) {
    const NamedRequests& found = findings.endpoints;
    io("endpoints", found.endpoints);
    io.object("endpoints_summary", [&](JsonWriter& inner) {
      TIERWATCH_OWN_NAMES(inner, found, words, slow_first, cpu_missing);
      inner("others", found.others);
      if (found.others) TIERWATCH_OWN_NAMES(inner, found, other_count, others_are_more);
    });
  }
  if (findings.offered) io("offered", *findings.offered);
  TIERWATCH_OWN_NAMES(io, findings, knee, demand, first_ceiling, next_ceiling);
  if (!findings.inside.empty())
    io.object("inside", [&](JsonWriter& inner) {
      inner("words", inside_headline(findings));
      TIERWATCH_OWN_NAMES(inner, findings.inside, tiers, notes);
    });
  io("scalability", findings.fit);
  TIERWATCH_OWN_NAMES(io, findings, what_if, forecasts, waste, strip, settings, events, warnings);
  io("plots", std::vector<Plot>(plots.begin(), plots.end()));
  return json_text(io.take(), indent) + "\n";
}

std::string comparison_json(const RunComparison& comparison, const FailIfAnswer* fail_if,
                            int indent) {
  JsonWriter io = report_writer();
  io("format", "tierwatch-comparison");
  io("format_version", kReportFormatVersion);
  TIERWATCH_OWN_NAMES(io, comparison, verdict, sentence);
  io("a", comparison.names_a);
  io("b", comparison.names_b);
  TIERWATCH_OWN_NAMES(io, comparison, noise, bottleneck_a, bottleneck_b, bottleneck_moved, measures,
                      differences, guardrails, warnings);
  if (fail_if) io("fail_if", *fail_if);
  return json_text(io.take(), indent) + "\n";
}

std::string page_json(const RunFindings& findings, std::span<const Plot> plots) {
  std::vector<Plot> shown;
  for (const Plot& plot : plots) shown.push_back(on_page(plot));
  std::vector<VerdictSpan> strip = findings.strip;
  for (VerdictSpan& span : strip)
    if (span.named) shorten(span.named->tier);
  std::vector<RunEvent> events = findings.events;
  if (events.size() > kMostPageEvents) events.resize(kMostPageEvents);
  for (RunEvent& event : events) {
    shorten(event.tier);
    shorten(event.text);
  }
  Json steps = Json::array();
  for (const StepFindings& step : findings.steps)
    steps.push_back({{"name", step_name(step)},
                     {"from", step.from_run_begin_seconds},
                     {"seconds", step.load.seconds()}});
  JsonWriter io = report_writer();
  io("begin", findings.label.begin);
  io("seconds", findings.seconds);
  io("plots", shown);
  io("strip", strip);
  io("events", events);
  io.put("steps", std::move(steps));
  std::string text = json_text(io.take(), -1);
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;)
    text.replace(at, 1, "\\u003c");
  return text;
}

}  // namespace tierwatch
