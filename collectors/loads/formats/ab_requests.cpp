// SPDX-License-Identifier: MIT
//
// The file of `ab -g`: one row for each request, sorted by latency, with the second in which it
// began. ab writes no status here, so no row is known to have failed.
#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/series/row_format.h"

namespace tierwatch {
namespace {

bool looks_like_ab_requests(std::string_view head) {
  return head.starts_with("starttime\tseconds\t");
}

LoadSeries read_ab_requests(ImportInput& input) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  CsvReader reader(input.source, input.file.string(), {'\t', false});
  RequestTally tally;
  const auto header = reader.next();
  if (!header) input.refuse("no rows; did ab finish?");
  const auto began = find_column(*header, {"seconds"}), took = find_column(*header, {"ttime"});
  if (!took) input.refuse(1, "no column ttime; is the file complete?");
  const auto read = [&](CsvReader::Row row) {
    const auto begin = parse_number<std::int64_t>(field_of(row, began));
    const auto elapsed = parse_number<std::int64_t>(field_of(row, took));
    if (!begin || *begin < 0 || *begin > 8'000'000'000 || !elapsed || *elapsed < 0 ||
        *elapsed > 1'000'000'000) {
      input.refuse(reader.line(), "seconds is " + shown(field_of(row, began)) + " and ttime " +
                                      shown(field_of(row, took)) +
                                      "; expected whole numbers, not negative");
    }
    const auto middle = seconds(*begin) + milliseconds(500);
    count_or_refuse(tally, {middle, middle + milliseconds(*elapsed)}, input, reader.line());
  };
  while (const auto row = reader.next()) input.row([&] { read(*row); });
  LoadSeries series;
  input.losses.require_most();
  if (tally.requests() == 0) input.refuse("no rows; did ab finish?");
  if (!tally.estimate_edges()) {
    series.warnings.push_back(
        "ab tells whole seconds only: the rate of so short a run is not known; ab's text tells it");
  }
  series.errors_known = false;
  series.warnings.push_back(
      "ab writes no status into this file: errors are not known; ab's text tells them");
  tally.write_to(series, true);
  warn_of_cut_line(reader, series);
  return series;
}

}  // namespace

const LoadFormat kAbRequests{"ab", "-g file", looks_like_ab_requests, read_ab_requests};

}  // namespace tierwatch
