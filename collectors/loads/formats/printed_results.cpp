// SPDX-License-Identifier: MIT
#include "collectors/loads/formats/printed_results.h"

#include <algorithm>
#include <array>

#include "collectors/loads/reading/import_input.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

/// How a line looks with which a tool's text begins, and with which its run is over.
struct SummaryLines {
  std::string_view first, over;
};

constexpr std::string_view kVegetaRow = "Requests ", kTotalResults = "\u2588 TOTAL RESULTS",
                           kDataReceived = "data_received..";

constexpr std::array kSummaries = {
    SummaryLines{"Running ", "Thread Stats"},                      // wrk, wrk2; autocannon
    SummaryLines{"This is ApacheBench", "Server Software:"},       // ab
    SummaryLines{"Summary:", "Summary:"},                          // hey, oha
    SummaryLines{"{\t\"transactions\":", "{\t\"transactions\":"},  // siege since 4.1
    SummaryLines{"Transactions:", "Transactions:"},                // siege before
    SummaryLines{kVegetaRow, kVegetaRow},                          // vegeta report
    SummaryLines{kTotalResults, kTotalResults},                    // k6 since 1.0
    SummaryLines{kDataReceived, kDataReceived},                    // k6 before
};

/// Without colours: a terminal was thought to be there.
std::string plain_line(std::string_view line) {
  return line.find('\x1b') == line.npos ? std::string(line) : without_colours(line);
}

/// siege writes the brace on a line of its own; k6 since 1.0 has the metric with which it began
/// before, too.
bool begins(std::string_view line, std::string_view next, std::string_view first,
            const SummaryLines* open) {
  if (first.front() == '{')
    return trimmed(line) == "{" && trimmed(next).starts_with("\"transactions\":");
  if (first == kVegetaRow) return line.starts_with(first) && line.find("[total, rate") != line.npos;
  if (first == kTotalResults) return trimmed(line).starts_with(first);
  if (first == kDataReceived)
    return trimmed(line).starts_with(first) && !(open && open->first == kTotalResults);
  if (first == "Running ") return line.starts_with(first) && line.find(" test @ ") != line.npos;
  return line.starts_with(first);
}

/// autocannon's first line is wrk's, and a table comes when its run is over.
bool is_over(std::string_view line, const SummaryLines& summary) {
  const std::string_view text = trimmed(line);
  if (text.starts_with(summary.over)) return true;
  return summary.first == "Running " && (text.starts_with("│ Stat") || text.starts_with("| Stat"));
}

std::string_view line_at(std::string_view text, std::size_t place) {
  text.remove_prefix(std::min(place, text.size()));
  return take_line(text);
}

}  // namespace

std::vector<PrintedResult> printed_results(std::string_view output) {
  std::vector<PrintedResult> results;
  const SummaryLines* open = nullptr;
  bool over = true;
  for (std::size_t place = 0; place < output.size();) {
    const auto newline = output.find('\n', place);
    const std::size_t next = newline == output.npos ? output.size() : newline + 1;
    const std::string line = plain_line(line_at(output, place));
    const std::string after = plain_line(line_at(output, next));
    for (const SummaryLines& summary : kSummaries) {
      if (!begins(line, after, summary.first, open)) continue;
      if (!results.empty()) results.back().size = place - results.back().begin;
      results.push_back({.begin = place, .told_at = place});
      open = &summary;
      over = false;
      break;
    }
    if (!over && is_over(line, *open)) {
      results.back().told_at = place;
      over = true;
    }
    place = next;
  }
  if (!results.empty())
    results.back().size = output.size() - results.back().begin;
  else if (!output.empty())
    results.push_back({.size = output.size(), .of_summary = false});
  return results;
}

}  // namespace tierwatch
