// SPDX-License-Identifier: MIT
#include "exporters/report/report_json.h"

#include "collectors/text/plain_words.h"
#include "exporters/report/findings_json.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLongestName = 80;      ///< on the page
constexpr std::size_t kMostPoints = 4000;     ///< of a plot on the page
constexpr std::size_t kMostPageEvents = 500;  ///< drawn on the page

ReportJson json_of(const RunLabel& label) {
  JsonObject object;
  object.words("name", label.name).words("command", label.command);
  if (label.exit_status) object.put("exit_status", *label.exit_status);
  return object.number("begin", epoch_seconds(label.begin))
      .number("end", epoch_seconds(label.end))
      .take();
}

ReportJson json_of(const LoadTotals& totals) {
  return JsonObject()
      .number("requests", totals.requests)
      .number("errors", totals.errors)
      .number("seconds", totals.seconds)
      .number("requests_per_second", totals.requests_per_second())
      .number("users", totals.users)
      .number("mean_seconds", totals.mean_seconds)
      .number("p50_seconds", totals.p50_seconds)
      .number("p90_seconds", totals.p90_seconds)
      .number("p95_seconds", totals.p95_seconds)
      .number("p99_seconds", totals.p99_seconds)
      .number("max_seconds", totals.max_seconds)
      .take();
}

ReportJson json_of(const ClockOffset& clock) {
  JsonObject object;
  object.put("source", to_string(clock.source));
  if (clock.usable())
    object.number("offset_seconds", std::chrono::duration<double>(clock.offset).count())
        .number("zone_minutes", static_cast<double>(clock.zone.count()));
  return object.number("error_seconds", clock.error_seconds)
      .number("correlation", clock.correlation)
      .number("rival_correlation", clock.rival_correlation)
      .words("signal", clock.signal)
      .words("words", clock.words)
      .take();
}

ReportJson json_of(const RunVerdict& verdict) {
  JsonObject object;
  object.put("outcome", to_string(verdict.outcome))
      .words("look_at", to_string(verdict.look_at))
      .put("sentence", verdict.sentence)
      .words("advice", verdict.advice);
  if (verdict.outcome == RunVerdict::Outcome::kSaturated)
    object.put("tier", verdict.tier)
        .put("resource", to_string(verdict.resource))
        .put("confidence", to_string(verdict.confidence))
        .words("confidence_because", verdict.confidence_because);
  return object.number("since_users", verdict.since_users)
      .number("since_requests_per_second", verdict.since_requests_per_second)
      .number("since_seconds", verdict.since_seconds)
      .put("evidence", verdict.evidence)
      .put("counter_evidence", verdict.counter_evidence)
      .put("blind_spots", verdict.blind_spots)
      .list("named_in_order", verdict.named_in_order,
            [](const TierResource& what) { return tierwatch::json_of(what); })
      .take();
}

ReportJson json_of(const GeneratorFindings& generator) {
  return JsonObject()
      .put("watched", generator.watched)
      .number("cpu_cores", generator.cpu_cores)
      .number("hottest_thread_cores", generator.hottest_thread)
      .put("saturated", generator.saturated)
      .number("think_seconds", generator.think_seconds)
      .take();
}

ReportJson json_of(const Knee& knee) {
  return JsonObject()
      .put("step", knee.step)
      .number("users", knee.users)
      .number("requests_per_second", knee.requests_per_second)
      .number("users_by_bounds", knee.users_by_bounds)
      .take();
}

ReportJson json_of(const VerdictSpan& span) {
  JsonObject object;
  object.number("begin", epoch_seconds(span.begin))
      .number("end", epoch_seconds(span.end))
      .put("state", to_string(span.state));
  if (span.named)
    object.put("tier", span.named->tier).put("resource", to_string(span.named->resource));
  return object.take();
}

ReportJson json_of(const RunEvent& event) {
  return JsonObject()
      .number("at", epoch_seconds(event.at))
      .put("kind", event.kind)
      .words("tier", event.tier)
      .words("text", event.text)
      .take();
}

/// `longest`: of names; 0 for as they are.
ReportJson json_of(const Plot& plot, std::size_t longest) {
  const auto name = [&](const std::string& text) {
    return longest > 0 ? one_line(text, longest) : text;
  };
  return JsonObject()
      .put("name", plot.name)
      .put("title", plot.title)
      .put("unit", plot.unit)
      .put("x", plot.x)
      .put("stacked", plot.stacked)
      .list("xs", plot.xs, json_number)
      .list("series", plot.lines,
            [&](const PlotLine& line) {
              return JsonObject()
                  .put("name", name(line.name))
                  .put("mark", line.mark == PlotLine::Mark::kPoints ? "points" : "line")
                  .list("values", line.values,
                        [](const std::optional<double>& value) {
                          return value ? json_number(*value) : ReportJson(nullptr);
                        })
                  .take();
            })
      .list("limits", plot.limits,
            [&](const PlotLimit& limit) {
              return JsonObject().put("name", name(limit.name)).number("value", limit.value).take();
            })
      .take();
}

/// On the button that zooms to it.
std::string step_name(const StepFindings& step) {
  if (step.load.users) return count_of(*step.load.users, "user");
  if (step.load.requests_per_second)
    return rate_figure(step.load.requests_per_second->value) + "/s";
  return elapsed_figure(step.from_run_begin_seconds);
}

template <typename Of>
auto each() {
  return [](const Of& item) { return json_of(item); };
}

void put_load(const RunFindings& findings, JsonObject& object) {
  if (findings.totals)
    object.put("load", JsonObject()
                           .words("tool", findings.load_tool)
                           .words("source", findings.load_source)
                           .put("totals", json_of(*findings.totals))
                           .take());
  object.put("clock", json_of(findings.clock)).put("generator", json_of(findings.generator));
}

void put_curve(const RunFindings& findings, JsonObject& object) {
  object.list("steps", findings.steps, each<StepFindings>());
  if (findings.busiest) object.put("busiest_step", *findings.busiest);
  if (findings.knee) object.put("knee", json_of(*findings.knee));
  object.put("demand", json_of(findings.demand));
  if (findings.first_ceiling) object.put("first_ceiling", json_of(*findings.first_ceiling));
  if (findings.next_ceiling) object.put("next_ceiling", json_of(*findings.next_ceiling));
  object.put("scalability", json_of(findings.fit))
      .list("what_if", findings.what_if, each<WhatIfAnswer>())
      .list("forecasts", findings.forecasts, each<LimitForecast>())
      .list("waste", findings.waste, each<Waste>());
}

}  // namespace

std::string report_json(const RunFindings& findings, std::span<const Plot> plots, int indent) {
  JsonObject object;
  object.put("format", "tierwatch-report")
      .put("format_version", kReportFormatVersion)
      .put("verdict", json_of(findings.verdict))
      .put("run", json_of(findings.label))
      .number("seconds", findings.seconds)
      .number("sample_seconds", findings.sample_seconds)
      .put("samples", findings.samples)
      .put("host", json_of(findings.host));
  put_load(findings, object);
  put_curve(findings, object);
  object.list("strip", findings.strip, each<VerdictSpan>())
      .list("events", findings.events, each<RunEvent>())
      .put("warnings", findings.warnings)
      .list("plots", plots, [](const Plot& plot) { return json_of(plot, 0); });
  return json_text(object.take(), indent) + "\n";
}

std::string comparison_json(const RunComparison& comparison, const FailIfAnswer* fail_if,
                            int indent) {
  JsonObject object;
  object.put("format", "tierwatch-comparison")
      .put("format_version", kReportFormatVersion)
      .put("verdict", to_string(comparison.verdict))
      .put("sentence", comparison.sentence)
      .put("a", comparison.names_a)
      .put("b", comparison.names_b)
      .words("noise", comparison.noise)
      .put("bottleneck_a", comparison.bottleneck_a)
      .put("bottleneck_b", comparison.bottleneck_b)
      .put("bottleneck_moved", comparison.bottleneck_moved)
      .list("measures", comparison.measures,
            [](const ComparedMeasure& measure) {
              return JsonObject()
                  .put("name", measure.name)
                  .put("unit", measure.unit)
                  .number("users", measure.users)
                  .number("a", measure.a)
                  .number("b", measure.b)
                  .list("values_a", measure.values_a, json_number)
                  .list("values_b", measure.values_b, json_number)
                  .estimate("change", measure.change)
                  .put("higher_is_better", measure.higher_is_better)
                  .put("verdict", to_string(measure.verdict))
                  .words("words", measure.words)
                  .take();
            })
      .list("guardrails", comparison.guardrails,
            [](const Guardrail& guardrail) {
              return ReportJson{{"name", guardrail.name}, {"words", guardrail.words}};
            })
      .put("warnings", comparison.warnings);
  if (fail_if)
    object.put("fail_if", JsonObject()
                              .put("fails", fail_if->fails)
                              .put("certain", fail_if->certain)
                              .put("unknown", fail_if->unknown)
                              .words("words", fail_if->words)
                              .take());
  return json_text(object.take(), indent) + "\n";
}

std::string page_json(const RunFindings& findings, std::span<const Plot> plots) {
  std::vector<Plot> shown;
  for (const Plot& plot : plots) shown.push_back(thinned(plot, kMostPoints));
  JsonObject object;
  object.number("begin", epoch_seconds(findings.label.begin))
      .number("seconds", findings.seconds)
      .list("plots", shown, [](const Plot& plot) { return json_of(plot, kLongestName); })
      .list("strip", findings.strip, [](const VerdictSpan& span) {
        ReportJson json = json_of(span);
        if (span.named) json["tier"] = one_line(span.named->tier, kLongestName);
        return json;
      });
  std::vector<RunEvent> events = findings.events;
  if (events.size() > kMostPageEvents) events.resize(kMostPageEvents);
  for (RunEvent& event : events) {
    event.tier = one_line(event.tier, kLongestName);
    event.text = one_line(event.text, kLongestName);
  }
  object.list("events", events, each<RunEvent>())
      .list("steps", findings.steps, [](const StepFindings& step) {
        return JsonObject()
            .put("name", step_name(step))
            .number("from", step.from_run_begin_seconds)
            .number("seconds", step.load.seconds())
            .take();
      });
  std::string out;
  for (const char c : json_text(object.take(), -1)) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace tierwatch
