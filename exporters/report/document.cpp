// SPDX-License-Identifier: MIT
#include "exporters/report/document.h"

#include "collectors/text/plain_words.h"
#include "exporters/report/endpoint_tables.h"
#include "exporters/report/hosts_section.h"
#include "exporters/report/inside_section.h"
#include "exporters/report/offered_section.h"
#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"

namespace tierwatch {
namespace {

ReportDocument::Tone tone_of(RunVerdict::Outcome outcome) {
  switch (outcome) {
    case RunVerdict::Outcome::kSaturated:
      return ReportDocument::Tone::kBad;
    case RunVerdict::Outcome::kNotSaturated:
      return ReportDocument::Tone::kGood;
    default:
      return ReportDocument::Tone::kNeutral;
  }
}

std::string run_words(const RunFindings& findings) {
  if (findings.label.begin == findings.label.end) return "no time of day is known";
  return local_time(findings.label.begin, "%Y-%m-%d %H:%M:%S %z") + ", " +
         length_words(findings.seconds);
}

std::string failed_requests_words(const RunFindings& findings) {
  const auto failed = findings.failed();
  if (!failed) return ", how many failed is not known";
  if (*failed <= 0) return ", none failed";
  const auto ratio = findings.failed_ratio();
  return ", " + whole(*failed) + " failed" + (ratio ? " (" + ratio_figure(*ratio) + ")" : "");
}

std::string totals_words(const RunFindings& findings) {
  const LoadTotals& totals = *findings.totals;
  std::string words = count_of(totals.requests, "request") + " in " + length_words(totals.seconds) +
                      ", " + rate_figure(totals.requests_per_second()) + "/s";
  words += failed_requests_words(findings);
  const std::pair<const char*, std::optional<double>> latencies[] = {
      {"mean", totals.mean_seconds}, {"p50", totals.p50_seconds}, {"p95", totals.p95_seconds},
      {"p99", totals.p99_seconds},   {"max", totals.max_seconds},
  };
  for (const auto& [name, value] : latencies)
    if (value) words += ", " + std::string(name) + " " + latency_figure(*value);
  return words;
}

/// Where an offset was found its error is told; how it was obtained stands in the words.
std::string clock_words(const ClockOffset& clock) {
  if (clock.words.empty())
    return clock.usable()
               ? offset_figure(clock.offset) + ", " + std::string(to_string(clock.source))
               : "not known";
  return clock.error_seconds
             ? clock.words + ", certain to " + two_digits(*clock.error_seconds) + " s"
             : clock.words;
}

std::string host_words(const RunFindings& findings) {
  const HostAtStep& host = findings.host;
  if (host.processors <= 0) return "not recorded";
  std::string words = count_of(host.processors, "processor");
  if (host.busy_cores) words += ", " + two_digits(*host.busy_cores) + " busy on average";
  if (host.steal_cores && *host.steal_cores >= 0.005)
    words += ", " + two_digits(*host.steal_cores) + " taken by other virtual machines";
  if (host.memory_available_bytes)
    words += ", " + bytes_words(*host.memory_available_bytes) + " of memory available";
  return words;
}

void add_facts(const RunFindings& findings, ReportDocument& document) {
  auto& facts = document.facts;
  facts.emplace_back("Run", run_words(findings));
  if (!findings.label.command.empty()) {
    std::string command = findings.label.command;
    if (findings.label.exit_status)
      command += " (exit status " + std::to_string(*findings.label.exit_status) + ")";
    facts.emplace_back("Command", command);
  }
  if (findings.totals) {
    std::string source = findings.load_tool;
    if (!findings.load_source.empty()) source += " (" + findings.load_source + ")";
    facts.emplace_back("Load", source + ": " + totals_words(findings));
  }
  facts.emplace_back("Clock", clock_words(findings.clock));
  if (findings.hosts.empty())
    facts.emplace_back("Host", host_words(findings));
  else
    facts.emplace_back("Hosts", hosts_words(findings));
  std::string samples = count_of(double(findings.samples), "sample");
  if (findings.sample_seconds > 0)
    samples += ", one in " + few_digits(findings.sample_seconds) + " s";
  facts.emplace_back("Sampled", samples);
}

void add_section(std::vector<ReportSection>& sections, ReportSection section) {
  std::erase_if(section.tables, [](const ReportTable& table) { return table.rows.empty(); });
  if (!section.empty()) sections.push_back(std::move(section));
}

std::string confidence_words(const RunVerdict& verdict) {
  std::string words = "Confidence: " + std::string(to_string(verdict.confidence));
  if (!verdict.confidence_because.empty()) words += ": " + verdict.confidence_because;
  return words + ".";
}

void add_reasons(const RunFindings& findings, ReportDocument& document) {
  const RunVerdict& verdict = findings.verdict;
  ReportSection thresholds{.title = "Thresholds", .tables = {thresholds_table(findings)}};
  if (!findings.thresholds.empty()) thresholds.sentences.push_back(thresholds_sentence(findings));
  add_section(document.reasons, std::move(thresholds));
  ReportSection why{.title = "Why", .points = verdict.evidence};
  if (verdict.outcome != RunVerdict::Outcome::kUnknown)
    why.sentences.push_back(confidence_words(verdict));
  if (verdict.named_in_order.size() > 1) {
    std::string order = "Named, in order of load:";
    for (const TierResource& one : verdict.named_in_order)
      order += (order.ends_with(":") ? " " : " → ") + one.tier + " " +
               std::string(to_string(one.resource));
    why.points.push_back(order);
  }
  add_section(document.reasons, std::move(why));
  add_section(document.reasons,
              {.title = "Why not something else", .points = verdict.counter_evidence});
  add_section(document.reasons, {.title = "What could not be seen", .points = verdict.blind_spots});
  add_section(document.reasons, {.title = "Warnings", .points = findings.warnings});
}

std::string busiest_title(const RunFindings& findings) {
  const LoadStep& step = findings.steps[*findings.busiest].load;
  if (step.users) return "Tiers at " + count_of(*step.users, "user");
  if (step.requests_per_second)
    return "Tiers at " + rate_figure(step.requests_per_second->value) + "/s";
  return "Tiers in the busiest stretch";
}

std::vector<std::string> ceiling_sentences(const RunFindings& findings) {
  std::vector<std::string> sentences;
  if (!findings.demand.missing.empty())
    sentences.push_back("Not known: " + findings.demand.missing + ".");
  const auto ceiling = [&](const char* which, const Ceiling& one) {
    sentences.push_back(std::string(which) + ": " + one.tier + " " +
                        std::string(to_string(one.resource)) + " (" + one.bound + ") at " +
                        range_figure(one.requests_per_second, rate_figure) + "/s.");
  };
  if (findings.first_ceiling) ceiling("Ceiling", *findings.first_ceiling);
  if (findings.next_ceiling) ceiling("Next, once that is lifted", *findings.next_ceiling);
  if (findings.knee) {
    std::string words =
        "The curve bends at " + rate_figure(findings.knee->requests_per_second) + "/s";
    if (findings.knee->users) words += ", " + count_of(*findings.knee->users, "user");
    if (findings.knee->users_by_bounds)
      words += "; the bounds cross at " + count_of(*findings.knee->users_by_bounds, "user");
    sentences.push_back(words + ".");
  }
  return sentences;
}

ReportSection model_section(const ScalabilityFit& fit) {
  ReportSection section{.title = "Universal Scalability Law"};
  if (!fit.fitted) {
    constexpr std::string_view kSaid = "not fitted: ";
    const std::string why =
        fit.words.starts_with(kSaid) ? fit.words.substr(kSaid.size()) : fit.words;
    if (!why.empty()) section.sentences.push_back("Not fitted: " + why + ".");
    return section;
  }
  section.sentences.push_back(fit.words);
  section.tables.push_back(
      {.columns = {{"λ /s"}, {"σ"}, {"κ"}, {"R²"}, {"N is", true}, {"peak /s"}, {"at N"}},
       .rows = {{rate_figure(fit.lambda.value), two_digits(fit.sigma.value),
                 fit.kappa.value == 0 ? "0" : few_digits(fit.kappa.value * 1e6) + "·10⁻⁶",
                 two_digits(fit.r_squared), fit.over,
                 or_absent(fit.peak_requests_per_second, rate_figure),
                 or_absent(fit.peak_n, whole)}}});
  return section;
}

void add_details(const RunFindings& findings, ReportDocument& document) {
  auto& details = document.details;
  add_section(details, hosts_section(findings));
  add_section(details, {.title = "Load steps", .tables = {steps_table(findings)}});
  add_section(details, offered_section(findings));
  add_section(details, endpoints_section(findings));
  if (findings.busiest) {
    const StepFindings& step = findings.steps[*findings.busiest];
    add_section(details, {.title = busiest_title(findings),
                          .tables = {cpu_table(step), work_table(step), room_table(step)}});
  }
  add_section(details, {.title = "What a request costs, and where each tier ends",
                        .sentences = ceiling_sentences(findings),
                        .tables = {demand_table(findings), ceilings_table(findings)}});
  for (ReportSection& section : inside_sections(findings)) add_section(details, std::move(section));
  ReportSection what_if{.title = "What if"};
  for (const WhatIfAnswer& answer : findings.what_if)
    what_if.points.push_back(answer.question + ": " + answer.words);
  add_section(details, std::move(what_if));
  if (findings.totals) add_section(details, model_section(findings.fit));
  ReportSection walls{.title = "Walls ahead"};
  for (const LimitForecast& forecast : findings.forecasts) walls.points.push_back(forecast.words);
  add_section(details, std::move(walls));
  ReportSection waste{.title = "Provided and never used"};
  for (const Waste& one : findings.waste) waste.points.push_back(one.words);
  add_section(details, std::move(waste));
  add_section(details, {.title = "Events", .tables = {events_table(findings)}});
}

}  // namespace

ReportDocument describe(const RunFindings& findings) {
  ReportDocument document{
      .title = findings.label.name.empty() ? "Load run" : "Load run " + findings.label.name,
      .sentence = findings.verdict.sentence,
      .advice = findings.verdict.advice,
      .inside = inside_headline(findings),
      .tone = tone_of(findings.verdict.outcome)};
  add_facts(findings, document);
  add_reasons(findings, document);
  add_details(findings, document);
  return document;
}

}  // namespace tierwatch
