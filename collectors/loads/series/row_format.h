// SPDX-License-Identifier: MIT
//
// The loop that formats share whose rows are requests.
#pragma once

#include <string>

#include "collectors/loads/reading/import_input.h"
#include "collectors/loads/series/request_tally.h"

namespace tierwatch {

/// Counts that request; refuses the reader's line when it cannot be right.
inline void count_or_refuse(RequestTally& tally, const RequestRow& row, const ImportInput& input,
                            std::uint64_t line) {
  if (const char* problem = tally.add(row)) {
    input.refuse(line, std::string("this request cannot be right: ") + problem);
  }
}

/// Ends a reader: points, totals, and a warning of a last line that is cut.
inline LoadSeries series_of(RequestTally& tally, bool absolute, const CsvReader& reader,
                            const ImportInput& input) {
  LoadSeries series;
  if (!absolute && input.options.start) series.start = *input.options.start + tally.begin();
  tally.write_to(series, absolute);
  warn_of_cut_line(reader, series);
  return series;
}

/// How a tool calls the columns of a row for each answer, in seconds since its start.
struct AnswerColumns {
  std::string_view tool, began, took, status;
  std::string_view bytes{};  ///< empty: it writes none
};

/// A file of such rows.
LoadSeries read_answers(ImportInput& input, const AnswerColumns& columns);

}  // namespace tierwatch
