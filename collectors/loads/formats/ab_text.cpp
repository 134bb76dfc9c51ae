// SPDX-License-Identifier: MIT
//
// What ab prints at its end. It has no times of day and no course over time.
#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

constexpr std::string_view kFirstLine = "Concurrency Level:";

/// "  50%      1", in ms.
std::optional<double> quantile(std::string_view text, std::string_view percent) {
  const auto begin = text.find("Percentage of the requests");
  if (begin == std::string_view::npos) return std::nullopt;
  const auto ms = number_after(text.substr(begin), percent);
  // Whole milliseconds: 0 is less than half of one, or nothing at all.
  return ms && *ms > 0 ? std::optional(*ms / 1e3) : std::nullopt;
}

/// Answers of another length than the first are "failed" for ab; dynamic pages are just so.
double failures(std::string_view text, LoadSeries& series) {
  const auto parts = text_after(text, "(Connect:");
  const double refused = number_after(text, "Non-2xx responses:").value_or(0);
  if (!parts) return refused;
  const double other_length = number_after(*parts, "Length:").value_or(0);
  if (other_length > refused) {
    series.warnings.push_back(
        "ab calls answers failed that are of another length than the first; such are not counted "
        "as errors here, only statuses other than 2xx and broken connections");
  }
  return refused + parse_number<double>(parts->substr(0, parts->find(','))).value_or(0) +
         number_after(*parts, "Receive:").value_or(0) +
         number_after(*parts, "Exceptions:").value_or(0);
}

bool looks_like_ab_text(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return has("This is ApacheBench") ||
         (has("Concurrency Level:") && has("Complete requests:") && has("Time taken for tests:"));
}

LoadSeries read_ab_text(ImportInput& input) {
  const std::string whole = read_text(input);
  if (whole.find(kFirstLine) == std::string::npos)
    input.refuse("no summary, with which ab ends; the reason may be in its last lines");
  LoadSeries series;
  const std::string_view text = last_run(whole, kFirstLine, series.warnings);
  const auto requests = number_after(text, "Complete requests:");
  const auto seconds = number_after(text, "Time taken for tests:");
  const bool whole_summary =
      text.find("Failed requests:") != text.npos && text.find("Requests per second:") != text.npos;
  if (!requests || !seconds || !whole_summary)
    input.refuse(
        "its summary lacks complete requests, failed requests, requests per second or the time "
        "taken; was its output cut?");

  LoadTotals& totals = series.totals;
  totals.requests = *requests;
  totals.errors = std::min(*requests, failures(text, series));
  const double answered = number_after(text, "Total transferred:").value_or(1) > 0 ? *requests : 0;
  // The rate has more digits than the time.
  const double rate = number_after(text, "Requests per second:").value_or(0);
  totals.seconds = rate > 0 ? *requests / rate : *seconds;
  totals.users = number_after(text, "Concurrency Level:");
  if (answered <= 0) {  // what it prints as latencies, then, is how fast it was refused
    totals.errors = *requests;
    return series;
  }
  if (const auto mean_ms = number_after(text, "Time per request:"); mean_ms && *mean_ms > 0)
    totals.mean_seconds = *mean_ms / 1e3;
  totals.p50_seconds = quantile(text, " 50%");
  totals.p90_seconds = quantile(text, " 90%");
  totals.p95_seconds = quantile(text, " 95%");
  totals.p99_seconds = quantile(text, " 99%");
  totals.max_seconds = quantile(text, "100%");
  return series;
}

}  // namespace

const LoadFormat kAbText{"ab", "text", looks_like_ab_text, read_ab_text};

}  // namespace tierwatch
