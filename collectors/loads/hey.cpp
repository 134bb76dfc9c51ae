// SPDX-License-Identifier: MIT
//
// hey: `-o csv`, with a row for each answer and times since its start; and the text it prints.
#include "collectors/loads/csv_columns.h"
#include "collectors/loads/formats.h"
#include "collectors/loads/number_text.h"
#include "collectors/loads/row_format.h"
#include "collectors/loads/summary_text.h"

namespace tierwatch {
bool looks_like_hey_csv(std::string_view head) {
  return head.starts_with("response-time,DNS+dialup,");
}

LoadSeries read_hey_csv(ImportInput& input) {
  constexpr std::uint64_t kMostRows = 1'000'000;  // hey keeps no more
  CsvReader reader(input.source, input.file.string());
  RequestTally tally(RequestTally::Users::kInFlight);
  const auto header = reader.next();
  if (!header) input.refuse("no rows; was hey ended early?");
  const auto took = find_column(*header, {"response-time"});
  const auto began = find_column(*header, {"offset"});
  const auto status = find_column(*header, {"status-code"});
  if (!began || !status) input.refuse(1, "no column offset or status-code; use hey 0.1.2 or newer");
  const auto read = [&](CsvReader::Row row) {
    const auto begin = parse_duration(field_of(row, began), 1);
    const auto elapsed = parse_duration(field_of(row, took), 1);
    const auto code = parse_number<int>(field_of(row, status));
    if (!begin || !elapsed || elapsed->count() < 0 || !code) {
      input.refuse(reader.line(), "response-time is " + shown(field_of(row, took)) + ", offset " +
                                      shown(field_of(row, began)) +
                                      "; expected seconds, not negative");
    }
    count_or_refuse(tally, {*begin, *begin + *elapsed, *code >= 400}, input, reader.line());
  };
  while (const auto row = reader.next()) input.row([&] { read(*row); });
  LoadSeries series;
  if (input.options.start) series.start = *input.options.start + tally.begin();
  tally.write_to(series, false);
  series.warnings.push_back("hey writes answers only: requests that got none are not in the file");
  if (tally.requests() == kMostRows)
    series.warnings.push_back("hey keeps 1000000 rows at most: the run was longer than this file");
  warn_of_cut_line(reader, series);
  return series;
}

// oha prints the same headings: it has a success rate, and units of its own.
bool looks_like_hey_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  const auto total = text_after(head, "  Total:");
  return has("Summary:\n") && total && total->ends_with(" secs") && has("  Slowest:") &&
         has("  Fastest:") && has("  Requests/sec:\t") && has("Response time histogram:") &&
         has("DNS+dialup:") && !has("Success rate:");
}

LoadSeries read_hey_text(ImportInput& input) {
  const std::string whole = read_text(input);
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
  for_each_bracket(text, "Error distribution:", [&](double failed, auto, auto) {
    totals.requests += failed;
    totals.errors += failed;
  });
  const auto seconds = unit_seconds_after(text, "Total:");
  if (!seconds || *seconds <= 0) input.refuse("its summary lacks the total time");
  totals.seconds = *seconds;
  require_rate(totals.requests, number_after(text, "Requests/sec:"), *seconds, input);
  if (!answered) return series;  // what it prints as latencies, then, is 0
  totals.mean_seconds = unit_seconds_after(text, "Average:");
  totals.max_seconds = unit_seconds_after(text, "Slowest:");
  read_percent_lines(text, totals);
  return series;
}

}  // namespace tierwatch
