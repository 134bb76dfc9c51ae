// SPDX-License-Identifier: MIT
//
// What k6 prints when a test is over: a line for each metric, its name followed by dots. Since 1.0
// below headings, the whole test first, then its groups and scenarios.
#include <algorithm>
#include <string>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/k6_totals.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

constexpr std::string_view kHeading = "TOTAL RESULTS", kFirstMetric = "data_received.";

/// "http_reqs" and what stands behind its colon; empty where the line tells no metric.
struct MetricLine {
  std::string_view name, values;
};

MetricLine metric_of(std::string_view line) {
  line = trimmed(line);
  for (const std::string_view mark :
       {"\u2713 ", "\u2717 "})  // of a threshold that held, or did not
    if (line.starts_with(mark)) line.remove_prefix(mark.size());
  const auto dots = line.find("..."), colon = line.find(": ");
  if (dots == line.npos || colon == line.npos || colon < dots) return {};
  return {line.substr(0, dots), trimmed(line.substr(colon + 2))};
}

std::optional<double> leading_number(std::string_view word, std::string_view unit) {
  if (!word.ends_with(unit)) return std::nullopt;
  return parse_number<double>(word.substr(0, word.size() - unit.size()));
}

/// "avg=5.84s min=401ms p(95)=11s": latencies; "min=1 max=25": numbers.
void read_named(std::string_view metric, std::string_view word, K6Totals& totals) {
  const auto equals = word.find('=');
  if (equals == word.npos) return;
  const std::string_view text = word.substr(equals + 1);
  const auto plain = parse_number<double>(text);
  const auto seconds = parse_go_seconds(text);
  if (plain)
    totals.read(metric, word.substr(0, equals), *plain);
  else if (seconds)
    totals.read(metric, word.substr(0, equals), *seconds * 1e3);
}

/// "0.00%  62 out of 766355", before 1.0 "0.00%  \u2713 62  \u2717 766293": the share of those that
/// failed has two places, their number has all.
std::optional<double> failed_share(const std::vector<std::string_view>& words, double requests) {
  if (words.empty()) return std::nullopt;
  const auto percent = leading_number(words[0], "%");
  for (std::size_t i = 1; percent && requests > 0 && i < words.size(); ++i)
    if (const auto failed = parse_number<double>(words[i])) return *failed / requests;
  return percent ? std::optional(*percent / 100) : std::nullopt;
}

void read_metric(const MetricLine& line, K6Totals& totals) {
  const auto words = words_of(line.values);
  for (const std::string_view word : words) read_named(line.name, word, totals);
  if (words.size() < 2) return;
  if (const auto count = parse_number<double>(words[0])) totals.read(line.name, "count", *count);
  if (const auto rate = leading_number(words[1], "/s")) totals.read(line.name, "rate", *rate);
}

/// The metrics of the whole test: groups and scenarios come behind them, under the same names.
std::string_view of_the_test(std::string_view text) {
  const std::size_t end = std::min(text.find("\u2588 GROUP"), text.find("\u2588 SCENARIO"));
  return text.substr(0, end);
}

bool looks_like_k6_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return has("http_req_duration...") && has(": avg=") && has("http_reqs...") &&
         has("iterations...");
}

LoadSeries read_k6_text(ImportInput& input) {
  const std::string whole = without_colours(read_text(input));
  std::vector<std::string> warnings;
  const bool headed = whole.find(kHeading) != whole.npos;
  std::string_view text = whole;
  if (headed || text.find(kFirstMetric) != text.npos)
    text = last_run(whole, headed ? kHeading : kFirstMetric, warnings);
  text = of_the_test(text);
  K6Totals totals;
  std::vector<std::string_view> failed;
  while (!text.empty()) {
    const MetricLine line = metric_of(take_line(text));
    if (line.name == "http_req_failed")
      failed = words_of(line.values);
    else if (!line.name.empty())
      read_metric(line, totals);
  }
  totals.failed_share = failed_share(failed, totals.totals.requests);
  LoadSeries series = totals.series(input);
  series.warnings.insert(series.warnings.begin(), warnings.begin(), warnings.end());
  return series;
}

}  // namespace

const LoadFormat kK6Text{"k6", "text", looks_like_k6_text, read_k6_text};

}  // namespace tierwatch
