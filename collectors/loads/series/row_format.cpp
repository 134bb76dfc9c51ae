// SPDX-License-Identifier: MIT
#include "collectors/loads/series/row_format.h"

#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/text/format.h"

namespace tierwatch {

LoadSeries read_answers(ImportInput& input, const AnswerColumns& columns) {
  CsvReader reader(input.source, input.file.string());
  RequestTally tally(RequestTally::Users::kInFlight);
  const auto header = reader.next();
  if (!header) input.refuse(formatted("no rows; was {} ended early?", columns.tool));
  const auto began = find_column(*header, {columns.began});
  const auto took = find_column(*header, {columns.took});
  const auto status = find_column(*header, {columns.status});
  const auto bytes = find_column(*header, {columns.bytes});
  if (!began || !took || !status)
    input.refuse(1, formatted("no column {}, {} or {}; use a newer {}", columns.began, columns.took,
                              columns.status, columns.tool));
  const auto read = [&](CsvReader::Row row) {
    const auto begin = parse_duration(field_of(row, began), 1);
    const auto elapsed = parse_duration(field_of(row, took), 1);
    const auto code = parse_number<int>(field_of(row, status));
    if (!begin || !elapsed || elapsed->count() < 0 || !code)
      input.refuse(reader.line(), formatted("{} is {}, {} {}; expected seconds, not negative",
                                            columns.began, shown(field_of(row, began)),
                                            columns.took, shown(field_of(row, took))));
    count_or_refuse(
        tally,
        {*begin, *begin + *elapsed, *code >= 400, parse_number<double>(field_of(row, bytes))},
        input, reader.line());
  };
  while (const auto row = reader.next()) input.row([&] { read(*row); });
  LoadSeries series = series_of(tally, false, reader, input);
  series.warnings.push_back(formatted(
      "{} writes answers only: requests that got none are not in the file", columns.tool));
  return series;
}

}  // namespace tierwatch
