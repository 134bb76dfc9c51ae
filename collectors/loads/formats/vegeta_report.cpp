// SPDX-License-Identifier: MIT
//
// What `vegeta report` prints, as text and as JSON (nanoseconds): totals only.
#include <utility>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/vegeta_status.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

constexpr std::string_view kReportBegin = "Requests ";

/// "[min, mean, 50, max]   90ms, 113ms, 108ms, 264ms" as pairs; versions differ in their columns.
std::vector<std::pair<std::string, std::string>> named_values(std::string_view row) {
  const auto end = row.find(']');
  if (!row.starts_with('[') || end == row.npos) return {};
  const auto parts = [](std::string_view list) {
    std::vector<std::string> found;
    while (!list.empty()) {
      const auto comma = list.find(',');
      found.emplace_back(trimmed(list.substr(0, comma)));
      list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
    }
    return found;
  };
  const auto names = parts(row.substr(1, end - 1)), values = parts(row.substr(end + 1));
  std::vector<std::pair<std::string, std::string>> pairs;
  if (names.size() != values.size()) return pairs;
  for (std::size_t i = 0; i < names.size(); ++i) pairs.emplace_back(names[i], values[i]);
  return pairs;
}

void read_latency(std::string_view name, std::optional<double> seconds, LoadTotals& totals) {
  if (name == "mean") totals.mean_seconds = seconds;
  if (name == "max") totals.max_seconds = seconds;
  if (name.ends_with("th")) name.remove_suffix(2);
  if (const auto percent = parse_number<double>(name)) totals.set_percentile(*percent, seconds);
}

/// The requests that have a status, and those that failed.
void count_status(std::string_view code, double requests, LoadTotals& totals) {
  totals.requests += requests;
  const auto status = parse_number<int>(code);
  if (status && is_vegeta_failure(*status)) totals.errors += requests;
}

bool looks_like_report_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return has(kReportBegin) && has("[total, rate") && has("[total, attack, wait]") &&
         has("Latencies ");
}

LoadSeries read_report_text(ImportInput& input) {
  const std::string whole = without_colours(read_text(input));
  LoadSeries series;
  const std::string_view text = last_run(whole, kReportBegin, series.warnings);
  LoadTotals& totals = series.totals;
  const auto row = [&](std::string_view key) {
    return named_values(text_after(text, key).value_or(std::string_view()));
  };
  std::optional<double> said;
  for (const auto& [name, value] : row(kReportBegin))
    if (name == "total") said = parse_number<double>(value);
  for (const auto& [name, value] : row("Duration "))
    if (name == "total") totals.seconds = parse_go_seconds(value).value_or(0);
  for (const auto& [name, value] : row("Latencies "))
    read_latency(name, parse_go_seconds(value), totals);
  const std::string_view codes = text_after(text, "[code:count]").value_or(std::string_view());
  for (const std::string_view word : words_of(codes))
    if (const auto colon = word.find(':'); colon != word.npos)
      count_status(word.substr(0, colon), parse_number<double>(word.substr(colon + 1)).value_or(0),
                   totals);
  if (totals.seconds <= 0) input.refuse("its report lacks the total duration");
  if (!said || *said != totals.requests)
    input.refuse("its status codes do not add up to its requests; is it cut?");
  return series;
}

struct VegetaReport : JsonListener {
  LoadTotals totals;
  std::optional<double> said;
  std::optional<std::chrono::nanoseconds> earliest;

  void on_value(std::string_view path, const JsonScalar& value) override {
    constexpr std::string_view kLatencies = "/latencies/", kCodes = "/status_codes/";
    if (path == "/earliest" && value.text) earliest = parse_rfc3339(*value.text);
    if (!value.number) return;
    const double number = *value.number;
    if (path == "/requests") said = number;
    if (path == "/duration" || path == "/wait") totals.seconds += number / 1e9;
    if (path.starts_with(kCodes)) count_status(path.substr(kCodes.size()), number, totals);
    if (path.starts_with(kLatencies))
      read_latency(path.substr(kLatencies.size()), number / 1e9, totals);
  }
};

bool looks_like_report_json(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return head.starts_with('{') && has("\"latencies\"") && has("\"bytes_in\"") &&
         has("\"bytes_out\"");
}

LoadSeries read_report_json(ImportInput& input) {
  const std::string text = read_text(input);
  const auto documents = json_documents(text);
  VegetaReport report;
  if (const auto fault = listen_to_json(documents.back(), report))
    input.refuse(fault->what + "; is the file cut, or still being written?");
  if (report.totals.seconds <= 0) input.refuse("its report lacks the duration");
  if (report.said != report.totals.requests)
    input.refuse("its status codes do not add up to its requests");
  LoadSeries series;
  if (documents.size() > 1) series.warnings.emplace_back(kSeveralRuns);
  series.totals = report.totals;
  if (report.earliest && report.totals.requests > 0)
    series.start = std::chrono::system_clock::time_point(
        std::chrono::duration_cast<std::chrono::system_clock::duration>(*report.earliest));
  return series;
}

}  // namespace

const LoadFormat kVegetaText{"vegeta", "report", looks_like_report_text, read_report_text};
const LoadFormat kVegetaReportJson{"vegeta", "JSON report", looks_like_report_json,
                                   read_report_json};

}  // namespace tierwatch
