// SPDX-License-Identifier: MIT
//
// hey: `-o csv`, with a row for each answer and times since its start; and the text it prints.
#include "exporters/load_import/csv_columns.h"
#include "exporters/load_import/formats.h"
#include "exporters/load_import/number_text.h"
#include "exporters/load_import/request_tally.h"
#include "exporters/load_import/summary_text.h"

namespace tierwatch {
namespace {

/// The numbers in `  [200]	480 responses` or `  [30]	Get "http…": refused` below a
/// heading. Calls `count(number in brackets, first number after them)`.
template <typename Count>
void for_each_bracket(std::string_view text, std::string_view heading, const Count& count) {
  const auto begin = text.find(heading);
  if (begin == std::string_view::npos) return;
  text.remove_prefix(begin);
  take_line(text);
  for (;;) {
    const std::string_view line = trimmed(take_line(text));
    const auto end = line.find(']');
    if (!line.starts_with('[') || end == std::string_view::npos) return;
    const auto words = words_of(line.substr(end + 1));
    const auto key = parse_number<double>(line.substr(1, end - 1));
    if (key) count(*key, words.empty() ? std::nullopt : parse_number<double>(words[0]));
  }
}

}  // namespace

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
  while (const auto row = reader.next()) {
    const auto begin = parse_duration(field_of(*row, began), 1);
    const auto elapsed = parse_duration(field_of(*row, took), 1);
    const auto code = parse_number<int>(field_of(*row, status));
    if (!begin || !elapsed || elapsed->count() < 0 || !code) {
      input.refuse(reader.line(), "response-time is " + shown(field_of(*row, took)) + ", offset " +
                                      shown(field_of(*row, began)) +
                                      "; expected seconds, not negative");
    }
    if (const char* problem = tally.add({*begin, *begin + *elapsed, *code >= 400}))
      input.refuse(reader.line(), std::string("this request cannot be right: ") + problem);
  }
  LoadSeries series;
  if (input.options.start) series.start = *input.options.start + tally.begin();
  tally.write_to(series, false);
  series.warnings.push_back("hey writes answers only: requests that got none are not in the file");
  if (tally.requests() == kMostRows)
    series.warnings.push_back("hey keeps 1000000 rows at most: the run was longer than this file");
  warn_of_cut_line(reader, series);
  return series;
}

bool looks_like_hey_text(std::string_view head) {
  return head.find("Summary:\n") != std::string_view::npos &&
         head.find("  Requests/sec:\t") != std::string_view::npos &&
         head.find("DNS+dialup:") != std::string_view::npos;
}

LoadSeries read_hey_text(ImportInput& input) {
  const std::string whole = read_text(input);
  const std::string_view text = std::string_view(whole).substr(whole.rfind("Summary:"));
  LoadSeries series;
  LoadTotals& totals = series.totals;
  for_each_bracket(text, "Status code distribution:", [&](double code, auto answers) {
    totals.requests += answers.value_or(0);
    if (code >= 400) totals.errors += answers.value_or(0);
  });
  for_each_bracket(text, "Error distribution:", [&](double failed, auto) {
    totals.requests += failed;
    totals.errors += failed;
  });
  const auto seconds = number_after(text, "Total:");
  if (!seconds || *seconds <= 0) input.refuse("its summary lacks the total time");
  totals.seconds = *seconds;
  totals.mean_seconds = number_after(text, "Average:");
  totals.max_seconds = number_after(text, "Slowest:");
  totals.p50_seconds = number_after(text, "50% in ");
  totals.p90_seconds = number_after(text, "90% in ");
  totals.p95_seconds = number_after(text, "95% in ");
  totals.p99_seconds = number_after(text, "99% in ");
  return series;
}

}  // namespace tierwatch
