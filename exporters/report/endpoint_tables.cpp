// SPDX-License-Identifier: MIT
#include "exporters/report/endpoint_tables.h"

#include <algorithm>
#include <span>

#include "collectors/text/plain_words.h"
#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"

namespace tierwatch {
namespace {

using Endpoints = std::span<const RequestsOfName>;

Endpoints shown_of(const RunFindings& findings) {
  const Endpoints all = findings.endpoints.endpoints;
  return all.first(std::min(all.size(), kShownEndpoints));
}

std::string others_name(const NamedRequests& found) {
  return (found.others_are_more ? "at least " : "") +
         count_of(double(found.other_count), "other name");
}

std::vector<std::string> whole_row(const RequestsOfName& endpoint, const std::string& name) {
  return {whole(endpoint.requests),
          or_absent(endpoint.requests_per_second, rate_figure),
          or_absent(endpoint.error_ratio, ratio_figure),
          or_absent(endpoint.mean_seconds, latency_figure),
          or_absent(endpoint.p50_seconds, latency_figure),
          or_absent(endpoint.p95_seconds, latency_figure),
          or_absent(endpoint.p99_seconds, latency_figure),
          name};
}

ReportTable whole_table(const RunFindings& findings) {
  ReportTable table{.columns = {{"requests"},
                                {"req/s"},
                                {"failed"},
                                {"mean"},
                                {"p50"},
                                {"p95"},
                                {"p99"},
                                {"name", true}}};
  for (const RequestsOfName& endpoint : shown_of(findings))
    table.rows.push_back(whole_row(endpoint, endpoint.name));
  if (findings.endpoints.others)
    table.rows.push_back(whole_row(*findings.endpoints.others, others_name(findings.endpoints)));
  return without_empty_columns(std::move(table));
}

std::string load_heading(const StepFindings& step) {
  if (step.load.users) return whole(*step.load.users);
  if (step.load.requests_per_second)
    return rate_figure(step.load.requests_per_second->value) + "/s";
  return elapsed_figure(step.from_run_begin_seconds);
}

/// The first, the last, and what lies evenly between.
std::vector<std::size_t> shown_steps(std::size_t count) {
  std::vector<std::size_t> steps;
  const std::size_t shown = std::min(count, kShownSteps);
  for (std::size_t i = 0; i < shown; ++i)
    steps.push_back(shown == 1 ? 0 : i * (count - 1) / (shown - 1));
  return steps;
}

/// One figure of each name in each step. `heading` stands above the first column.
template <typename Figure>
ReportTable by_step(const RunFindings& findings, const std::string& heading, const Figure& figure) {
  ReportTable table;
  const auto steps = shown_steps(findings.steps.size());
  for (const std::size_t step : steps)
    table.columns.push_back({(step == 0 ? heading : "") + load_heading(findings.steps[step])});
  table.columns.push_back({"name", true});
  const auto add = [&](const RequestsOfName& endpoint, const std::string& name) {
    if (endpoint.steps.empty()) return;
    std::vector<std::string> row;
    for (const std::size_t step : steps) row.push_back(figure(endpoint.steps[step]));
    row.push_back(name);
    table.rows.push_back(std::move(row));
  };
  for (const RequestsOfName& endpoint : shown_of(findings)) add(endpoint, endpoint.name);
  if (findings.endpoints.others) add(*findings.endpoints.others, others_name(findings.endpoints));
  return table;
}

bool any_step(const RunFindings& findings, bool (*holds)(const RequestsOfNameInStep& step)) {
  return std::ranges::any_of(findings.endpoints.endpoints, [&](const auto& endpoint) {
    return std::ranges::any_of(endpoint.steps, holds);
  });
}

void add_steps(const RunFindings& findings, ReportSection& section) {
  if (findings.steps.size() < 2) return;
  const bool users = findings.steps.front().load.users.has_value();
  const std::string at = users ? " at users " : " at ";
  section.tables.push_back(by_step(findings, "req/s" + at, [](const RequestsOfNameInStep& step) {
    return or_absent(step.requests_per_second, rate_figure);
  }));
  const bool p95 = any_step(
      findings, [](const RequestsOfNameInStep& step) { return step.p95_seconds.has_value(); });
  section.tables.push_back(
      by_step(findings, (p95 ? "p95" : "mean") + at, [p95](const RequestsOfNameInStep& step) {
        return or_absent(p95 ? step.p95_seconds : step.mean_seconds, latency_figure);
      }));
  if (any_step(findings,
               [](const RequestsOfNameInStep& step) { return step.error_ratio.value_or(0) > 0; }))
    section.tables.push_back(by_step(findings, "failed" + at, [](const RequestsOfNameInStep& step) {
      return or_absent(step.error_ratio, ratio_figure);
    }));
}

/// Milliseconds of CPU for each request, by tier.
void add_costs(const RunFindings& findings, ReportSection& section) {
  ReportTable table;
  for (const TierDemand& tier : findings.demand.tiers)
    table.columns.push_back({(table.columns.empty() ? "CPU of " : "") + tier.tier});
  table.columns.push_back({"name", true});
  for (const RequestsOfName& endpoint : shown_of(findings)) {
    if (endpoint.cpu.empty()) continue;
    std::vector<std::string> row;
    for (const TierDemand& tier : findings.demand.tiers) {
      const auto cost = std::ranges::find(endpoint.cpu, tier.tier, &CostOfName::tier);
      row.push_back(cost == endpoint.cpu.end() ? std::string(kAbsent)
                                               : latency_figure(cost->seconds.value));
    }
    row.push_back(endpoint.name);
    table.rows.push_back(std::move(row));
  }
  if (!table.rows.empty()) section.tables.push_back(std::move(table));
  if (!findings.endpoints.cpu_missing.empty())
    section.sentences.push_back("What a request of each costs in CPU is not known: " +
                                findings.endpoints.cpu_missing + ".");
}

}  // namespace

ReportSection endpoints_section(const RunFindings& findings) {
  ReportSection section{.title = "Requests by name"};
  const NamedRequests& found = findings.endpoints;
  if (found.endpoints.empty()) return section;
  if (!found.words.empty()) section.sentences.push_back(found.words);
  if (found.endpoints.size() > kShownEndpoints)
    section.sentences.push_back("The " + std::to_string(kShownEndpoints) + " of " +
                                std::to_string(found.endpoints.size()) +
                                " names with most requests; the JSON has all of these.");
  section.tables.push_back(whole_table(findings));
  add_steps(findings, section);
  add_costs(findings, section);
  return section;
}

}  // namespace tierwatch
