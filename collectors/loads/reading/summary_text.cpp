// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/summary_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "collectors/loads/reading/import_input.h"
#include "collectors/loads/reading/number_text.h"

namespace tierwatch {

namespace {

constexpr std::string_view kAborted = "aborted due to deadline";  ///< oha's, when time was over

}  // namespace

std::string_view last_run(std::string_view text, std::string_view begin,
                          std::vector<std::string>& warnings) {
  const auto last = text.rfind(begin);
  if (text.find(begin) < last) warnings.emplace_back(kSeveralRuns);
  return text.substr(last);
}

LoadSeries read_answers_summary(ImportInput& input) {
  const std::string whole = without_colours(read_text(input));
  LoadSeries series;
  const std::string_view text = last_run(whole, "Summary:", series.warnings);
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
  else
    series.warnings.emplace_back(kStillInFlight);
  if (!answered) return series;  // what it prints as latencies, then, is 0
  totals.mean_seconds = unit_seconds_after(text, "Average:");
  totals.max_seconds = unit_seconds_after(text, "Slowest:");
  read_percent_lines(text, totals);
  return series;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = line.find_first_of(" \t\r");
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end);
  }
}

std::optional<std::string_view> text_after(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size());
  return trimmed(text.substr(0, text.find('\n')));
}

std::optional<double> number_after(std::string_view text, std::string_view key) {
  const auto rest = text_after(text, key);
  if (!rest) return std::nullopt;
  return parse_number<double>(rest->substr(0, rest->find_first_of(" \t,)")));
}

std::optional<double> parse_unit_seconds(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 11> kUnits = {{{"ns", 1e-9},
                                                                           {"us", 1e-6},
                                                                           {"µs", 1e-6},
                                                                           {"ms", 1e-3},
                                                                           {"secs", 1},
                                                                           {"sec", 1},
                                                                           {"s", 1},
                                                                           {"min", 60},
                                                                           {"m", 60},
                                                                           {"hr", 3600},
                                                                           {"h", 3600}}};
  for (const auto& [unit, seconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = trimmed(text.substr(0, text.size() - unit.size()));
    if (const auto value = parse_number<double>(number); value && *value >= 0)
      return *value * seconds;
  }
  return std::nullopt;
}

std::optional<double> parse_go_seconds(std::string_view text) {
  double sum = 0;
  bool any = false;
  while (!text.empty()) {
    const auto unit = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto end = std::min(text.find_first_of("0123456789.", unit), text.size());
    const auto part = parse_unit_seconds(text.substr(0, end));
    if (!part) return std::nullopt;
    sum += *part;
    any = true;
    text.remove_prefix(end);
  }
  return any ? std::optional(sum) : std::nullopt;
}

std::optional<double> unit_seconds_after(std::string_view text, std::string_view key) {
  const auto rest = text_after(text, key);
  return rest ? parse_unit_seconds(*rest) : std::nullopt;
}

std::optional<double> parse_count(std::string_view text) {
  double unit = 1;
  if (text.ends_with('k')) unit = 1e3;
  if (text.ends_with('M')) unit = 1e6;
  if (unit > 1) text.remove_suffix(1);
  std::string digits(text);
  std::erase(digits, ',');
  const auto value = parse_number<double>(digits);
  return value && *value >= 0 ? std::optional(*value * unit) : std::nullopt;
}

void read_percent_lines(std::string_view text, LoadTotals& totals) {
  constexpr std::string_view kHeading = "ime distribution:", kOlder = "Latency distribution:";
  auto begin = text.find(kHeading);
  if (begin == text.npos) begin = text.find(kOlder);
  if (begin == text.npos) return;
  text.remove_prefix(begin);
  take_line(text);
  for (;;) {
    const std::string_view line = trimmed(take_line(text));
    const auto words = words_of(line);
    if (words.size() < 3 || words[1] != "in") return;
    const auto percent = parse_number<double>(words[0].substr(0, words[0].find('%')));
    const auto value = parse_unit_seconds(trimmed(line.substr(line.find(" in ") + 4)));
    if (percent) totals.set_percentile(*percent, value);
  }
}

void for_each_bracket(
    std::string_view text, std::string_view heading,
    const std::function<void(double, std::optional<double>, std::string_view)>& count) {
  const auto begin = text.find(heading);
  if (begin == std::string_view::npos) return;
  text.remove_prefix(begin);
  take_line(text);
  for (;;) {
    const std::string_view line = trimmed(take_line(text));
    const auto end = line.find(']');
    if (!line.starts_with('[') || end == std::string_view::npos) return;
    const std::string_view rest = trimmed(line.substr(end + 1));
    const auto words = words_of(rest);
    const auto key = parse_number<double>(line.substr(1, end - 1));
    if (key) count(*key, words.empty() ? std::nullopt : parse_number<double>(words[0]), rest);
  }
}

std::vector<std::string> cells_of(std::string_view line) {
  std::string plain(line);
  constexpr std::string_view kBar = "│";
  for (std::size_t at; (at = plain.find(kBar)) != plain.npos;) plain.replace(at, kBar.size(), "|");
  std::string_view rest = trimmed(plain);
  std::vector<std::string> cells;
  if (!rest.starts_with('|') || !rest.ends_with('|')) return cells;
  for (rest.remove_prefix(1); !rest.empty();) {
    const auto bar = rest.find('|');
    cells.emplace_back(trimmed(rest.substr(0, bar)));
    rest.remove_prefix(bar + 1);
  }
  return cells;
}

std::string without_colours(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text.substr(i).starts_with("\x1b[")) {
      plain += text[i];
      continue;
    }
    const auto end = text.find_first_not_of("0123456789;?", i + 2);
    if (end == text.npos) break;
    i = end;
  }
  return plain;
}

}  // namespace tierwatch
