// SPDX-License-Identifier: MIT

#include "collectors/text/plain_words.h"
#include "exporters/report/document.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

ReportDocument::Tone tone_of(Change change) {
  if (change == Change::kBetter) return ReportDocument::Tone::kGood;
  return change == Change::kWorse ? ReportDocument::Tone::kBad : ReportDocument::Tone::kNeutral;
}

std::string figure(const ComparedMeasure& measure, double value) {
  if (measure.unit == "s" || measure.unit == "s/request") return latency_figure(value);
  if (measure.unit == "ratio") return ratio_figure(value);
  return rate_figure(value) + measure.unit;
}

std::string interval(const ComparedMeasure& measure) {
  return change_figure(measure.change.low) + " to " + change_figure(measure.change.high);
}

ReportTable measures_table(const RunComparison& comparison) {
  ReportTable table{
      .columns = {{"measure", true}, {"users"}, {"A"}, {"B"}, {"change"}, {"95 %"}, {"", true}}};
  for (const ComparedMeasure& measure : comparison.measures)
    table.rows.push_back({measure.name, measure.users ? whole(*measure.users) : "all",
                          figure(measure, measure.a), figure(measure, measure.b),
                          change_figure(measure.change.value), interval(measure),
                          std::string(to_string(measure.verdict))});
  return table;
}

}  // namespace

ReportDocument describe(const RunComparison& comparison) {
  ReportDocument document{
      .title = "A: " + listed(comparison.names_a) + "; B: " + listed(comparison.names_b),
      .sentence = comparison.sentence,
      .tone = tone_of(comparison.verdict)};
  document.facts.emplace_back("A", listed(comparison.names_a));
  document.facts.emplace_back("B", listed(comparison.names_b));
  document.facts.emplace_back(
      "Bottleneck", comparison.bottleneck_moved
                        ? "moved from " + comparison.bottleneck_a + " to " + comparison.bottleneck_b
                        : comparison.bottleneck_a);
  if (!comparison.noise.empty()) document.facts.emplace_back("Noise", comparison.noise);
  if (!comparison.differences.empty())
    document.reasons.push_back(
        {.title = "Set up otherwise in B", .points = comparison.differences});
  ReportSection doubts{.title = "Compare with care"};
  for (const Guardrail& guardrail : comparison.guardrails)
    doubts.points.push_back(guardrail.name + ": " + guardrail.words);
  doubts.points.insert(doubts.points.end(), comparison.warnings.begin(), comparison.warnings.end());
  if (!doubts.empty()) document.reasons.push_back(std::move(doubts));
  ReportTable measures = measures_table(comparison);
  if (!measures.rows.empty())
    document.details.push_back({.title = "At matched load", .tables = {std::move(measures)}});
  return document;
}

}  // namespace tierwatch
