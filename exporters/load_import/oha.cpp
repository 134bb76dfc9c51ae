// SPDX-License-Identifier: MIT
//
// oha: `--output-format csv`, a row for each answer with seconds since the start; and its JSON,
// which holds totals only.
#include <cmath>

#include "exporters/load_import/csv_columns.h"
#include "exporters/load_import/formats.h"
#include "exporters/load_import/json_events.h"
#include "exporters/load_import/number_text.h"
#include "exporters/load_import/row_format.h"

namespace tierwatch {
namespace {

constexpr std::string_view kStatus = "/statusCodeDistribution/";
constexpr std::string_view kErrors = "/errorDistribution/";

struct OhaSummary : JsonListener {
  LoadTotals totals;
  double aborted = 0;  ///< those in flight when the time was over

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
      if (parse_number<int>(path.substr(kStatus.size())).value_or(0) >= 400)
        totals.errors += number;
    }
    if (!path.starts_with(kErrors)) return;
    if (path.find("aborted due to deadline") != std::string_view::npos) {
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
  while (const auto row = reader.next()) {
    const auto begin = parse_duration(field_of(*row, began), 1);
    const auto elapsed = parse_duration(field_of(*row, took), 1);
    const auto code = parse_number<int>(field_of(*row, status));
    if (!begin || !elapsed || elapsed->count() < 0 || !code) {
      input.refuse(reader.line(), "request-start is " + shown(field_of(*row, began)) +
                                      ", request-duration " + shown(field_of(*row, took)) +
                                      "; expected seconds, not negative");
    }
    count_or_refuse(
        tally,
        {*begin, *begin + *elapsed, *code >= 400, parse_number<double>(field_of(*row, bytes))},
        input, reader.line());
  }
  LoadSeries series = series_of(tally, false, reader, input);
  series.warnings.push_back("oha writes answers only: requests that got none are not in the file");
  return series;
}

bool looks_like_oha_json(std::string_view head) {
  return head.starts_with('{') && head.find("\"successRate\"") != std::string_view::npos &&
         head.find("\"requestsPerSec\"") != std::string_view::npos;
}

LoadSeries read_oha_json(ImportInput& input) {
  OhaSummary summary;
  if (const auto fault = listen_to_json(input.source, summary))
    input.refuse(fault->what + "; oha writes it when it ends: let it finish");
  if (summary.totals.seconds <= 0) input.refuse("its summary lacks the total time");
  LoadSeries series;
  series.totals = summary.totals;
  if (summary.aborted > 0)
    series.warnings.push_back("requests still in flight at the end are not counted");
  return series;
}

}  // namespace tierwatch
