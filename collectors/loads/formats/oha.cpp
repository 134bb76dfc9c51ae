// SPDX-License-Identifier: MIT
//
// oha: `--output-format csv`, a row for each answer with seconds since the start; and its JSON and
// the text it prints, which hold totals only. The text tells a unit with each time.

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"
#include "collectors/loads/series/row_format.h"

namespace tierwatch {
namespace {

constexpr std::string_view kPercentiles = "/latencyPercentiles/p";
constexpr std::string_view kStatus = "/statusCodeDistribution/";
constexpr std::string_view kErrors = "/errorDistribution/";
constexpr std::string_view kAbortedRequests = "aborted due to deadline";

struct OhaSummary : JsonListener {
  LoadTotals totals;
  double aborted = 0;   ///< those in flight when the time was over
  double answered = 0;  ///< with any status

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (!value.number) return;
    const double number = *value.number;
    if (path == "/summary/total") totals.seconds = number;
    if (path == "/summary/average") totals.mean_seconds = number;
    if (path == "/summary/slowest") totals.max_seconds = number;
    if (path.starts_with(kPercentiles))
      totals.set_percentile(parse_number<double>(path.substr(kPercentiles.size())).value_or(0),
                            number);
    if (path.starts_with(kStatus)) {
      totals.requests += number;
      answered += number;
      if (parse_number<int>(path.substr(kStatus.size())).value_or(0) >= 400)
        totals.errors += number;
    }
    if (!path.starts_with(kErrors)) return;
    if (path.find(kAbortedRequests) != std::string_view::npos) {
      aborted += number;
      return;
    }
    totals.requests += number;
    totals.errors += number;
  }
};

bool looks_like_oha_csv(std::string_view head) { return head.starts_with("request-start,"); }

LoadSeries read_oha_csv(ImportInput& input) {
  return read_answers(input, {.tool = "oha",
                              .began = "request-start",
                              .took = "request-duration",
                              .status = "status",
                              .bytes = "bytes"});
}

bool looks_like_oha_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  const auto total = text_after(head, "  Total:");
  return has("Summary:\n") && has("  Success rate:") && total && parse_unit_seconds(*total) &&
         has("  Slowest:") && has("  Fastest:") && has("  Requests/sec:") && has("DNS+dialup:");
}

LoadSeries read_oha_text(ImportInput& input) { return read_answers_summary(input); }

bool looks_like_oha_json(std::string_view head) {
  return head.starts_with('{') && head.find("\"successRate\"") != std::string_view::npos &&
         head.find("\"requestsPerSec\"") != std::string_view::npos;
}

LoadSeries read_oha_json(ImportInput& input) {
  const std::string text = read_text(input);
  const auto documents = json_documents(text);
  OhaSummary summary;
  if (const auto fault = listen_to_json(documents.back(), summary))
    input.refuse(fault->what + "; is the file cut, or still being written?");
  if (summary.totals.seconds <= 0) input.refuse("its summary lacks the total time");
  LoadSeries series;
  if (documents.size() > 1) series.warnings.emplace_back(kSeveralRuns);
  series.totals = summary.totals;
  // What it writes as latencies where nothing was answered is 0.
  if (summary.answered <= 0) series.totals.forget_latency();
  if (summary.aborted > 0) series.warnings.emplace_back(kStillInFlight);
  return series;
}

}  // namespace

const LoadFormat kOhaCsv{"oha", "CSV", looks_like_oha_csv, read_oha_csv};
const LoadFormat kOhaJson{"oha", "JSON", looks_like_oha_json, read_oha_json};
const LoadFormat kOhaText{"oha", "text", looks_like_oha_text, read_oha_text};

}  // namespace tierwatch
