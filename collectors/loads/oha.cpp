// SPDX-License-Identifier: MIT
//
// oha: `--output-format csv`, a row for each answer with seconds since the start; and its JSON and
// the text it prints, which hold totals only. The text tells a unit with each time.
#include <cmath>

#include "collectors/loads/csv_columns.h"
#include "collectors/loads/formats.h"
#include "collectors/loads/json_events.h"
#include "collectors/loads/number_text.h"
#include "collectors/loads/row_format.h"
#include "collectors/loads/summary_text.h"

namespace tierwatch {
namespace {

constexpr std::string_view kStatus = "/statusCodeDistribution/";
constexpr std::string_view kErrors = "/errorDistribution/";
constexpr std::string_view kAborted = "aborted due to deadline";
constexpr std::string_view kInFlight = "requests still in flight at the end are not counted";

struct OhaSummary : JsonListener {
  LoadTotals totals;
  double aborted = 0;   ///< those in flight when the time was over
  double answered = 0;  ///< with any status

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (!value.number) return;
    const double number = *value.number;
    if (path == "/summary/total") totals.seconds = number;
    if (path == "/summary/average") totals.mean_seconds = number;
    if (path == "/summary/slowest") totals.max_seconds = number;
    if (path == "/latencyPercentiles/p50") totals.p50_seconds = number;
    if (path == "/latencyPercentiles/p90") totals.p90_seconds = number;
    if (path == "/latencyPercentiles/p95") totals.p95_seconds = number;
    if (path == "/latencyPercentiles/p99") totals.p99_seconds = number;
    if (path.starts_with(kStatus)) {
      totals.requests += number;
      answered += number;
      if (parse_number<int>(path.substr(kStatus.size())).value_or(0) >= 400)
        totals.errors += number;
    }
    if (!path.starts_with(kErrors)) return;
    if (path.find(kAborted) != std::string_view::npos) {
      aborted += number;
      return;
    }
    totals.requests += number;
    totals.errors += number;
  }
  void on_object_end(std::string_view) override {}
};

}  // namespace

bool looks_like_oha_csv(std::string_view head) { return head.starts_with("request-start,"); }

LoadSeries read_oha_csv(ImportInput& input) {
  CsvReader reader(input.source, input.file.string());
  RequestTally tally(RequestTally::Users::kInFlight);
  const auto header = reader.next();
  if (!header) input.refuse("no rows; was oha ended early?");
  const auto began = find_column(*header, {"request-start"});
  const auto took = find_column(*header, {"request-duration"});
  const auto status = find_column(*header, {"status"}), bytes = find_column(*header, {"bytes"});
  if (!took || !status) input.refuse(1, "no column request-duration or status");
  const auto read = [&](CsvReader::Row row) {
    const auto begin = parse_duration(field_of(row, began), 1);
    const auto elapsed = parse_duration(field_of(row, took), 1);
    const auto code = parse_number<int>(field_of(row, status));
    if (!begin || !elapsed || elapsed->count() < 0 || !code) {
      input.refuse(reader.line(), "request-start is " + shown(field_of(row, began)) +
                                      ", request-duration " + shown(field_of(row, took)) +
                                      "; expected seconds, not negative");
    }
    count_or_refuse(
        tally,
        {*begin, *begin + *elapsed, *code >= 400, parse_number<double>(field_of(row, bytes))},
        input, reader.line());
  };
  while (const auto row = reader.next()) input.row([&] { read(*row); });
  LoadSeries series = series_of(tally, false, reader, input);
  series.warnings.push_back("oha writes answers only: requests that got none are not in the file");
  return series;
}

bool looks_like_oha_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  const auto total = text_after(head, "  Total:");
  return has("Summary:\n") && has("  Success rate:") && total && parse_unit_seconds(*total) &&
         has("  Slowest:") && has("  Fastest:") && has("  Requests/sec:") && has("DNS+dialup:");
}

LoadSeries read_oha_text(ImportInput& input) {
  const std::string whole = without_colours(read_text(input));
  const std::string_view text = std::string_view(whole).substr(whole.rfind("Summary:"));
  LoadSeries series;
  if (whole.find("Summary:") < whole.rfind("Summary:"))
    series.warnings.push_back("the file holds several runs; the last one is read");
  LoadTotals& totals = series.totals;
  for_each_bracket(text, "Status code distribution:", [&](double code, auto answers, auto) {
    totals.requests += answers.value_or(0);
    if (code >= 400) totals.errors += answers.value_or(0);
  });
  const bool answered = totals.requests > 0;
  double aborted = 0;
  for_each_bracket(text, "Error distribution:", [&](double count, auto, std::string_view why) {
    const bool in_flight = why.find(kAborted) != why.npos;
    (in_flight ? aborted : totals.requests) += count;
    if (!in_flight) totals.errors += count;
  });
  const auto seconds = unit_seconds_after(text, "Total:");
  if (!seconds || *seconds <= 0) input.refuse("its summary lacks the total time");
  totals.seconds = *seconds;
  if (aborted == 0)
    require_rate(totals.requests, number_after(text, "Requests/sec:"), *seconds, input);
  if (aborted > 0) series.warnings.emplace_back(kInFlight);
  if (!answered) return series;
  totals.mean_seconds = unit_seconds_after(text, "Average:");
  totals.max_seconds = unit_seconds_after(text, "Slowest:");
  read_percent_lines(text, totals);
  return series;
}

bool looks_like_oha_json(std::string_view head) {
  return head.starts_with('{') && head.find("\"successRate\"") != std::string_view::npos &&
         head.find("\"requestsPerSec\"") != std::string_view::npos;
}

LoadSeries read_oha_json(ImportInput& input) {
  const std::string text = read_text(input);
  const auto documents = json_documents(text);
  OhaSummary summary;
  if (const auto fault = listen_to_json(documents.back(), summary))
    input.refuse(fault->what + "; is the file cut, or still being written?");
  if (summary.totals.seconds <= 0) input.refuse("its summary lacks the total time");
  LoadSeries series;
  if (documents.size() > 1)
    series.warnings.push_back("the file holds several runs; the last one is read");
  series.totals = summary.totals;
  if (summary.answered <= 0) {  // what it writes as latencies, then, is 0
    LoadTotals& totals = series.totals;
    totals.mean_seconds = totals.max_seconds = totals.p50_seconds = totals.p90_seconds =
        totals.p95_seconds = totals.p99_seconds = std::nullopt;
  }
  if (summary.aborted > 0) series.warnings.emplace_back(kInFlight);
  return series;
}

}  // namespace tierwatch
