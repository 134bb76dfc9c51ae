// SPDX-License-Identifier: MIT
#include "exporters/report/trend/trend_document.h"

#include <algorithm>
#include <map>

#include "collectors/text/plain_words.h"
#include "exporters/json/json_writer.h"
#include "exporters/json/snapshot_fields.h"
#include "exporters/report/formats/report_fields.h"
#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"
#include "exporters/report/trend/trend_plots.h"

namespace tierwatch {

TIERWATCH_FIELDS(TrendRun, name, begin, bottleneck, users, load_tool, other_programs_ratio);
TIERWATCH_FIELDS(TrendChange, run, p, before, after, change, verdict, words);
TIERWATCH_FIELDS(TrendSeries, name, title, unit, higher_is_better, values, changes, noise,
                 findable);

namespace {

constexpr int kTrendFormatVersion = 1;
constexpr std::size_t kMostTrendRuns = 60;  ///< rows of the table of runs

ReportDocument::Tone tone_of(const RunTrend& trend) {
  bool any = false;
  for (const TrendSeries& series : trend.series)
    for (const TrendChange& change : series.changes) {
      if (change.verdict == Change::kWorse) return ReportDocument::Tone::kBad;
      any = true;
    }
  return any ? ReportDocument::Tone::kGood : ReportDocument::Tone::kNeutral;
}

std::string span_words(const RunTrend& trend) {
  const TrendRun &first = trend.runs.front(), &last = trend.runs.back();
  return std::to_string(trend.runs.size()) + ", from " + local_time(first.begin) + " (" +
         first.name + ") to " + local_time(last.begin) + " (" + last.name + ")";
}

/// "uwsgi cpu in 38 of 40 runs; nginx cpu in 2".
std::string bottlenecks_words(const RunTrend& trend) {
  std::map<std::string, std::size_t> times;
  for (const TrendRun& run : trend.runs) ++times[run.bottleneck];
  std::vector<std::pair<std::size_t, std::string>> order;
  for (const auto& [name, count] : times) order.emplace_back(count, name);
  std::ranges::stable_sort(order, std::ranges::greater(),
                           &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> words;
  for (const auto& [count, name] : order)
    words.push_back(name + " in " + std::to_string(count) +
                    (words.empty() ? " of " + count_of(double(trend.runs.size()), "run") : ""));
  return joined(words, "; ");
}

ReportTable series_table(const RunTrend& trend) {
  ReportTable table{
      .columns = {{"measure", true}, {"first"}, {"last"}, {"noise"}, {"findable"}, {"changes"}}};
  for (const TrendSeries& series : trend.series) {
    std::vector<double> known;
    for (const auto& value : series.values)
      if (value) known.push_back(*value);
    if (known.empty()) continue;
    table.rows.push_back({series.title, trend_figure(series, known.front()),
                          trend_figure(series, known.back()), ratio_figure(series.noise),
                          series.findable ? ratio_figure(*series.findable) : std::string(kAbsent),
                          series.changes.empty() ? "none" : std::to_string(series.changes.size())});
  }
  return table;
}

/// The runs at which something changed, and the last ones.
ReportTable runs_table(const RunTrend& trend) {
  ReportTable table{
      .columns = {{"run"}, {"begin", true}, {"users"}, {"full", true}, {"others' cpu"}}};
  for (const TrendSeries& series : trend.series)
    if (table.columns.size() < 8) table.columns.push_back({series.title});
  table.columns.push_back({"name", true});
  const std::size_t shown = table.columns.size() - 6;
  const std::size_t begin =
      trend.runs.size() > kMostTrendRuns ? trend.runs.size() - kMostTrendRuns : 0;
  for (std::size_t i = begin; i < trend.runs.size(); ++i) {
    const TrendRun& run = trend.runs[i];
    std::vector<std::string> row = {std::to_string(i + 1), local_time(run.begin, "%Y-%m-%d %H:%M"),
                                    or_absent(run.users, whole), run.bottleneck,
                                    or_absent(run.other_programs_ratio, percent)};
    for (std::size_t k = 0; k < shown; ++k) {
      const TrendSeries& series = trend.series[k];
      row.push_back(series.values[i] ? trend_figure(series, *series.values[i])
                                     : std::string(kAbsent));
    }
    row.push_back(run.name);
    table.rows.push_back(std::move(row));
  }
  return without_empty_columns(std::move(table));
}

ReportSection changes_section(const RunTrend& trend) {
  std::vector<const TrendChange*> all;
  for (const TrendSeries& series : trend.series)
    for (const TrendChange& change : series.changes) all.push_back(&change);
  std::ranges::stable_sort(all, std::ranges::greater(), &TrendChange::run);
  ReportSection section{.title = "Changes, newest first"};
  for (const TrendChange* change : all) section.points.push_back(change->words);
  return section;
}

}  // namespace

ReportDocument describe(const RunTrend& trend) {
  ReportDocument document{.title = "Trend of " + count_of(double(trend.runs.size()), "run"),
                          .sentence = trend.sentence,
                          .tone = tone_of(trend)};
  if (trend.runs.empty()) return document;
  document.facts.emplace_back("Runs", span_words(trend));
  document.facts.emplace_back("Full", bottlenecks_words(trend));
  ReportSection changes = changes_section(trend);
  if (!changes.empty()) document.reasons.push_back(std::move(changes));
  if (!trend.warnings.empty())
    document.reasons.push_back({.title = "Compare with care", .points = trend.warnings});
  ReportTable measures = series_table(trend);
  if (!measures.rows.empty())
    document.details.push_back(
        {.title = "Measures",
         .sentences = {"Noise is how much one run differs from the next; a change as large as what "
                       "is findable, in the middle, would be found in nine of ten such rows."},
         .tables = {std::move(measures)}});
  ReportSection runs{.title = "Runs", .tables = {runs_table(trend)}};
  if (trend.runs.size() > kMostTrendRuns)
    runs.sentences.push_back("The newest " + std::to_string(kMostTrendRuns) + " of " +
                             std::to_string(trend.runs.size()) + "; the JSON has all.");
  if (!runs.tables.front().rows.empty()) document.details.push_back(std::move(runs));
  return document;
}

std::string trend_json(const RunTrend& trend, int indent) {
  JsonWriter io(JsonWriter::Style::kReport);
  io("format", "tierwatch-trend");
  io("format_version", kTrendFormatVersion);
  TIERWATCH_OWN_NAMES(io, trend, sentence, runs, series, warnings);
  return json_text(io.take(), indent) + "\n";
}

}  // namespace tierwatch
