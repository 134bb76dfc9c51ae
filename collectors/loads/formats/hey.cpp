// SPDX-License-Identifier: MIT
//
// hey: `-o csv`, with a row for each answer and times since its start; and the text it prints.
#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/summary_text.h"
#include "collectors/loads/series/row_format.h"

namespace tierwatch {
namespace {

bool looks_like_hey_csv(std::string_view head) {
  return head.starts_with("response-time,DNS+dialup,");
}

LoadSeries read_hey_csv(ImportInput& input) {
  constexpr double kMostRows = 1'000'000;  // hey keeps no more
  LoadSeries series = read_answers(
      input, {.tool = "hey", .began = "offset", .took = "response-time", .status = "status-code"});
  if (series.totals.requests == kMostRows)
    series.warnings.push_back("hey keeps 1000000 rows at most: the run was longer than this file");
  return series;
}

// oha prints the same headings: it has a success rate, and units of its own. hey's details are
// there since 0.1.
bool looks_like_hey_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  const auto total = text_after(head, "  Total:");
  return has("Summary:\n") && total && total->ends_with(" secs") && has("  Slowest:") &&
         has("  Fastest:") && has("  Requests/sec:\t") && has("Response time histogram:") &&
         (has("DNS+dialup:") || has("Latency distribution:")) && !has("Success rate:");
}

LoadSeries read_hey_text(ImportInput& input) { return read_answers_summary(input); }

}  // namespace

const LoadFormat kHeyCsv{"hey", "CSV", looks_like_hey_csv, read_hey_csv};
const LoadFormat kHeyText{"hey", "text", looks_like_hey_text, read_hey_text};

}  // namespace tierwatch
