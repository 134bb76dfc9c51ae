// SPDX-License-Identifier: MIT
//
// siege: its log, a line for each run, dated at the end in local time; and the summary it prints,
// as text or JSON. Its transactions are answers below 400; all others count as failed.
#include <algorithm>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/csv_columns.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

struct SiegeRun {
  std::optional<double> answered, failed, seconds, response, concurrency, longest;
};

LoadTotals totals_of(const SiegeRun& run, const ImportInput& input) {
  if (!run.answered || !run.failed || !run.seconds)
    input.refuse("its summary lacks transactions, failed transactions or the elapsed time");
  LoadTotals totals;
  totals.requests = *run.answered + *run.failed;
  totals.errors = *run.failed;
  totals.seconds = *run.seconds;
  // Hundredths of a second: below five thousandths it writes 0, and where nothing was answered.
  const auto measured = [&](const std::optional<double>& value) {
    return *run.answered > 0 && value.value_or(0) > 0 ? value : std::nullopt;
  };
  totals.mean_seconds = measured(run.response);
  totals.max_seconds = measured(run.longest);
  return totals;
}

struct SiegeJson : JsonListener {
  SiegeRun run;
  void on_value(std::string_view path, const JsonScalar& value) override {
    if (!value.number) return;
    if (path == "/transactions") run.answered = value.number;
    if (path == "/failed_transactions") run.failed = value.number;
    if (path == "/elapsed_time") run.seconds = value.number;
    if (path == "/response_time") run.response = value.number;
    if (path == "/longest_transaction") run.longest = value.number;
  }
};

/// "Response time:  12.00 ms" since 4.1.7, "0.01 secs" before.
std::optional<double> seconds_after(std::string_view text, std::string_view key) {
  const auto rest = text_after(text, key);
  const auto value = number_after(text, key);
  if (!value) return std::nullopt;
  return rest->ends_with("ms") ? *value / 1e3 : *value;
}

constexpr std::string_view kOwnRange =
    "siege tells the mean response time to hundredths of a second only";

/// One line of the log: it ended at `end`.
LoadSeries run_of_line(CsvReader::Row row, std::chrono::nanoseconds end, std::uint64_t line,
                       const ImportInput& input) {
  const auto number = [&](std::size_t column) {
    return parse_number<double>(trimmed(field_of(row, column)));
  };
  const SiegeRun run{number(8), number(9), number(2), number(4), number(7), std::nullopt};
  if (row.size() < 10 || !run.answered || !run.failed || !run.seconds)
    input.refuse(line, "a run without its ten columns; is the line cut?");
  const auto took = nanoseconds_of(*run.seconds, 1);
  if (!took || took->count() <= 0 || *took > std::chrono::hours(24 * 365))
    input.refuse(line, "elapsed time is " + shown(trimmed(row[2])));
  LoadSeries series;
  series.totals = totals_of(run, input);
  series.start = std::chrono::system_clock::time_point(end - *took);
  return series;
}

/// Each run is a point. Their stamps are whole seconds: one may begin before the last one's end.
LoadSeries series_of_runs(std::vector<LoadSeries> runs) {
  if (runs.size() == 1) return std::move(runs.front());
  std::ranges::stable_sort(runs, {}, [](const LoadSeries& run) { return *run.start; });
  LoadSeries series;
  series.start = runs.front().start;
  series.points_are_runs = true;
  std::chrono::nanoseconds free{};
  double latency = 0;
  for (const LoadSeries& run : runs) {
    const auto begin = *run.start - *series.start;
    const auto length = nanoseconds_of(run.totals.seconds, 1).value_or(free);
    LoadPoint point{.begin = std::max<std::chrono::nanoseconds>(begin, free),
                    .requests = run.totals.requests,
                    .errors = run.totals.errors,
                    .mean_seconds = run.totals.mean_seconds};
    point.length = std::max(std::chrono::nanoseconds(1), begin + length - point.begin);
    free = point.begin + point.length;
    series.points.push_back(point);
    series.totals.requests += point.requests;
    series.totals.errors += point.errors;
    series.totals.seconds += run.totals.seconds;
    latency += point.requests * point.mean_seconds.value_or(0);
  }
  if (latency > 0) series.totals.mean_seconds = latency / series.totals.requests;
  return series;
}

bool looks_like_siege_log(std::string_view head) {
  return head.find("Date & Time,") != head.npos && head.find("Trans Rate,") != head.npos;
}

LoadSeries read_siege_log(ImportInput& input) {
  constexpr std::size_t kMostRuns = 10'000;
  CsvReader reader(input.source, input.file.string());
  LocalTimeReader clock;
  std::vector<LoadSeries> runs;
  while (const auto row = reader.next()) {
    const auto end = clock.read(trimmed((*row)[0]));
    if (!end) continue;  // the header, or a mark
    if (runs.size() == kMostRuns) input.refuse("more than 10000 runs; cut the log");
    input.row([&] { runs.push_back(run_of_line(*row, *end, reader.line(), input)); });
  }
  input.losses.require_most();
  if (runs.empty()) input.refuse("no run in it");
  LoadSeries series = series_of_runs(std::move(runs));
  series.zone_known = false;
  series.warnings.emplace_back(kOwnRange);
  warn_of_cut_line(reader, series);
  return series;
}

bool looks_like_siege_summary(std::string_view head) {
  return (head.find("\"transactions\":") != head.npos &&
          head.find("\"availability\":") != head.npos) ||
         (head.find("Transactions:") != head.npos && head.find("Availability:") != head.npos);
}

LoadSeries read_siege_summary(ImportInput& input) {
  const std::string whole = read_text(input);
  SiegeJson json;
  const auto begin = whole.rfind('{'), end = whole.rfind('}');
  const bool is_json = whole.find("\"transactions\":") != std::string::npos;
  if (is_json) {
    if (begin == std::string::npos || end == std::string::npos || end < begin)
      input.refuse("its summary has no end; was siege ended early, or its output cut?");
    const auto document = std::string_view(whole).substr(begin, end - begin + 1);
    if (const auto fault = listen_to_json(document, json)) input.refuse(fault->what);
  } else {
    const std::string_view text = std::string_view(whole).substr(whole.rfind("Transactions:"));
    json.run = {number_after(text, "Transactions:"),
                number_after(text, "Failed transactions:"),
                seconds_after(text, "Elapsed time:"),
                seconds_after(text, "Response time:"),
                std::nullopt,
                seconds_after(text, "Longest transaction:")};
  }
  LoadSeries series;
  series.totals = totals_of(json.run, input);
  series.warnings.emplace_back(kOwnRange);
  return series;
}

}  // namespace

const LoadFormat kSiegeLog{"siege", "log", looks_like_siege_log, read_siege_log};
const LoadFormat kSiegeSummary{"siege", "summary", looks_like_siege_summary, read_siege_summary};

}  // namespace tierwatch
