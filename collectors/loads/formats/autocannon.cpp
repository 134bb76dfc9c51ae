// SPDX-License-Identifier: MIT
//
// autocannon -j, totals with the time of day of begin and end, one document for each run; and the
// text it prints, which has no times of day. Latencies are whole milliseconds.
#include <algorithm>
#include <cmath>
#include <variant>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/joined_load.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

constexpr std::string_view kPlainRow = "Latency (ms)";

/// 0 is less than half a millisecond, or nothing at all.
std::optional<double> measured(double ms) {
  return ms > 0 ? std::optional(ms / 1e3) : std::nullopt;
}

struct AutocannonRun : JsonListener {
  LoadTotals totals;
  double answered = 0, broken = 0, refused = 0, pipelining = 1;
  std::optional<std::chrono::nanoseconds> start;

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (path == "/start" && value.text) start = parse_rfc3339(*value.text);
    if (!value.number) return;
    const double number = *value.number;
    if (path == "/connections") totals.users = number;
    if (path == "/pipelining") pipelining = number;
    if (path == "/duration") totals.seconds = number;
    if (path == "/requests/total") answered = number;
    if (path == "/errors") broken = number;  // time-outs among them
    if (path == "/non2xx") refused = number;
    if (path == "/latency/average") totals.mean_seconds = measured(number);
    if (path == "/latency/p50") totals.p50_seconds = measured(number);
    if (path == "/latency/p90") totals.p90_seconds = measured(number);
    if (path == "/latency/p99") totals.p99_seconds = measured(number);
    if (path == "/latency/max") totals.max_seconds = measured(number);
  }
};

LoadSeries series_of_run(const AutocannonRun& run, const ImportInput& input) {
  if (run.totals.seconds <= 0) input.refuse("no duration in it");
  LoadSeries series;
  series.tool = "autocannon";
  series.source = input.file.string();
  series.totals = run.totals;
  series.totals.requests = run.answered + run.broken;
  series.totals.errors = run.refused + run.broken;
  if (run.start) {
    series.start = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(*run.start));
  }
  if (run.pipelining > 1)
    series.warnings.push_back("connections sent several requests at once (pipelining)");
  return series;
}

/// Runs of one file as steps; where they lie too far apart, the last.
LoadSeries joined_runs(std::vector<LoadSeries> runs) {
  const std::size_t count = runs.size();
  auto joined = join_loads(runs);
  if (auto* series = std::get_if<LoadSeries>(&joined)) return std::move(*series);
  LoadSeries last = std::move(runs.back());
  last.warnings.push_back("the file holds " + std::to_string(count) +
                          " runs; the last one is read");
  return last;
}

/// Calls `read(heading, value)` for the cells of the row of that name, below the heading above it.
template <typename Read>
void for_each_cell(std::string_view text, std::string_view row, const Read& read) {
  std::vector<std::string> heading;
  while (!text.empty()) {
    const std::vector<std::string> cells = cells_of(take_line(text));
    if (cells.empty()) continue;
    if (cells[0] == "Stat") heading = cells;
    if (cells[0] != row || heading.size() != cells.size()) continue;
    for (std::size_t i = 1; i < cells.size(); ++i) read(heading[i], cells[i]);
    return;
  }
}

/// The cells of the row "Latency" by their heading: "50%", "Avg", "Max", in ms.
void read_table(std::string_view text, LoadTotals& totals) {
  for_each_cell(text, "Latency", [&](const std::string& heading, const std::string& cell) {
    const auto value = parse_unit_seconds(cell);
    if (!value || *value <= 0) return;
    if (heading.ends_with('%'))
      totals.set_percentile(parse_number<double>(heading.substr(0, heading.size() - 1)).value_or(0),
                            value);
    if (heading == "Avg") totals.mean_seconds = value;
    if (heading == "Max") totals.max_seconds = value;
  });
}

/// Before version 3: "Latency (ms) 0.54    1.42    37", mean, deviation, greatest.
void read_plain_row(std::string_view text, LoadTotals& totals) {
  const auto words = words_of(text_after(text, kPlainRow).value_or(std::string_view{}));
  if (words.size() < 3) return;
  totals.mean_seconds = measured(parse_number<double>(words[0]).value_or(0));
  totals.max_seconds = measured(parse_number<double>(words[2]).value_or(0));
}

/// Answers, where a sample was taken each second: how many samples, and what they have on average.
std::optional<double> answers_of_samples(std::string_view text) {
  const auto samples = number_after(text, "# of samples:");
  if (!samples || text.find("sampled once per second") == text.npos) return std::nullopt;
  std::optional<double> average;
  for_each_cell(text, "Req/Sec", [&](const std::string& heading, const std::string& cell) {
    if (heading == "Avg") average = parse_count(cell);
  });
  return average ? std::optional(std::round(*average * *samples)) : std::nullopt;
}

/// The number before `words`, on their line.
std::optional<double> count_before(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == text.npos) return std::nullopt;
  const auto before = words_of(text.substr(0, at).substr(text.rfind('\n', at) + 1));
  return before.empty() ? std::nullopt : parse_count(before.back());
}

/// Where every answer was 2xx, autocannon does not print how many there were: it prints answers in
/// each second, and how many requests it sent, unanswered ones at the end among them.
void read_counts(std::string_view text, AutocannonRun& run, std::vector<std::string>& warnings) {
  run.broken = count_before(text, " errors (").value_or(0);
  run.refused = count_before(text, " non 2xx responses").value_or(0);
  run.answered = run.refused;
  if (const auto good = count_before(text, " 2xx responses")) {
    run.answered += *good;
    return;
  }
  const double sent = count_before(text, " requests in ").value_or(0);
  const double most = std::max(0.0, sent - run.broken);
  const double rounding = sent < 1000 ? 0 : 500;  // it prints thousands
  const auto answers = answers_of_samples(text);
  if (answers && *answers <= most + rounding) {
    run.answered = *answers;
    return;
  }
  run.answered = most;
  if (rounding > 0)
    warnings.emplace_back("autocannon prints requests rounded to thousands; -j writes all digits");
}

bool looks_like_autocannon(std::string_view head) {
  return head.find("\"pipelining\":") != head.npos && head.find("\"non2xx\":") != head.npos;
}

LoadSeries read_autocannon(ImportInput& input) {
  const std::string text = read_text(input);
  std::vector<LoadSeries> runs;
  for (const std::string_view document : json_documents(text)) {
    AutocannonRun run;
    if (const auto fault = listen_to_json(document, run))
      input.refuse(fault->what + "; is the file cut, or still being written?");
    runs.push_back(series_of_run(run, input));
  }
  return joined_runs(std::move(runs));
}

// wrk's first line is the same; it counts threads, too.
bool looks_like_autocannon_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return has("Running ") && has(" test @ ") && has(" connections") && !has(" threads and ") &&
         (has(kPlainRow) || (has(" Stat ") && has(" Latency ") && has(" ms ")));
}

LoadSeries read_autocannon_text(ImportInput& input) {
  const std::string whole = without_colours(read_text(input));
  std::vector<std::string> warnings;
  const std::string_view text = last_run(whole, "Running ", warnings);
  const auto sent = text_after(text, " requests in ");
  const auto seconds =
      sent ? parse_unit_seconds(trimmed(sent->substr(0, sent->find(',')))) : std::nullopt;
  if (!seconds || *seconds <= 0) {
    input.refuse(
        "no line \"N requests in D\", with which autocannon ends; was it ended early, or its "
        "output cut?");
  }
  AutocannonRun run;
  run.totals.seconds = *seconds;
  run.totals.users = count_before(text, " connections");
  read_counts(text, run, warnings);
  if (run.answered > 0) {
    read_plain_row(text, run.totals);
    read_table(text, run.totals);
  }
  LoadSeries series = series_of_run(run, input);
  series.warnings.insert(series.warnings.end(), warnings.begin(), warnings.end());
  if (run.broken >= 1000)
    series.warnings.push_back(
        "autocannon prints errors rounded to thousands; -j writes all digits");
  return series;
}

}  // namespace

const LoadFormat kAutocannon{"autocannon", "JSON", looks_like_autocannon, read_autocannon};
const LoadFormat kAutocannonText{"autocannon", "text", looks_like_autocannon_text,
                                 read_autocannon_text};

}  // namespace tierwatch
