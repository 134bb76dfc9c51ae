// SPDX-License-Identifier: MIT
//
// Artillery's report: one object for each ten seconds, and one for all. Counts of version 2 stand
// in `counters`, those of version 1 in fields of their own.
#include <algorithm>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/clock_text.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kPeriod = std::chrono::seconds(10);

/// One object of the report; times are absent where it does not tell them.
struct Period {
  std::optional<nanoseconds> begin, first, last;
  double responses = 0, refused = 0, broken = 0;
  double created = 0, ended = 0;
  double sessions = 0;                 ///< that ended
  std::optional<double> session_mean;  ///< how long these were, in seconds
  std::optional<double> users, bytes;
  std::optional<double> mean, p50, p90, p95, p99, max;
};

std::optional<nanoseconds> epoch_ms(const JsonScalar& value) {
  if (value.number) return nanoseconds_of(*value.number, 1e-3);
  const auto ms = value.text ? parse_number<double>(*value.text) : std::nullopt;
  return ms ? nanoseconds_of(*ms, 1e-3) : std::nullopt;
}

void read_latency(std::string_view name, double ms, Period& period) {
  if (name == "mean") period.mean = ms / 1e3;
  if (name == "p50" || name == "median") period.p50 = ms / 1e3;
  if (name == "p90") period.p90 = ms / 1e3;
  if (name == "p95") period.p95 = ms / 1e3;
  if (name == "p99") period.p99 = ms / 1e3;
  if (name == "max") period.max = ms / 1e3;
}

void read_counter(std::string_view name, double count, Period& period) {
  constexpr std::string_view kCodes = "http.codes.";
  if (name == "http.responses") period.responses = count;
  if (name == "http.downloaded_bytes") period.bytes = count;
  if (name == "vusers.created") period.created = count;
  if (name == "vusers.completed" || name == "vusers.failed") period.ended += count;
  if (name.starts_with("errors.")) period.broken += count;
  if (name.starts_with(kCodes) && parse_number<int>(name.substr(kCodes.size())).value_or(0) >= 400)
    period.refused += count;
}

/// Version 1: `requestsCompleted`, `latency/p95`, `codes/500`, `errors/ETIMEDOUT`, `concurrency`.
void read_version_1(std::string_view field, double count, Period& period) {
  if (field == "/requestsCompleted") period.responses = count;
  if (field == "/concurrency") period.users = count;
  if (field.starts_with("/latency/")) read_latency(field.substr(9), count, period);
  if (field.starts_with("/errors/")) period.broken += count;
  if (field.starts_with("/codes/") && parse_number<int>(field.substr(7)).value_or(0) >= 400)
    period.refused += count;
}

/// `field` is the path within the period's object.
void read_field(std::string_view field, const JsonScalar& value, Period& period) {
  constexpr std::string_view kCounters = "/counters/", kTimes = "/summaries/http.response_time/";
  constexpr std::string_view kSessions = "/summaries/vusers.session_length/";
  if (field == "/period") period.begin = epoch_ms(value);
  if (field == "/firstMetricAt") period.first = epoch_ms(value);
  if (field == "/lastMetricAt") period.last = epoch_ms(value);
  if (field == "/timestamp" && value.text) {  // of version 1: when it was reported
    const auto end = parse_rfc3339(*value.text);
    if (end) period.begin = *end - kPeriod;
  }
  if (!value.number) return;
  if (field.starts_with(kSessions)) {
    const std::string_view name = field.substr(kSessions.size());
    if (name == "mean") period.session_mean = *value.number / 1e3;
    if (name == "count") period.sessions = *value.number;
  } else if (field.starts_with(kCounters)) {
    read_counter(field.substr(kCounters.size()), *value.number, period);
  } else if (field.starts_with(kTimes)) {
    read_latency(field.substr(kTimes.size()), *value.number, period);
  } else {
    read_version_1(field, *value.number, period);
  }
}

struct ArtilleryReport : JsonListener {
  static constexpr std::string_view kAll = "/aggregate", kOne = "/intermediate/*";
  static constexpr std::size_t kMostPeriods = 60'000;  // a week
  Period all, current;
  std::uint64_t left_out = 0;
  std::vector<Period> periods;

  void on_value(std::string_view path, const JsonScalar& value) override {
    if (path.starts_with(kAll)) read_field(path.substr(kAll.size()), value, all);
    if (path.starts_with(kOne)) read_field(path.substr(kOne.size()), value, current);
  }
  void on_object_end(std::string_view path) override {
    if (path != kOne) return;
    if (periods.size() < kMostPeriods)
      periods.push_back(current);
    else
      ++left_out;
    current = {};
  }
};

LoadPoint point_of(const Period& period, nanoseconds start) {
  const nanoseconds begin = std::max(*period.begin, period.first.value_or(*period.begin));
  const nanoseconds whole_end = *period.begin + kPeriod;
  const nanoseconds end = std::clamp(period.last.value_or(whole_end), begin, whole_end);
  LoadPoint point;
  point.begin = begin - start;
  point.requests = period.responses + period.broken;
  point.errors = period.refused + period.broken;
  point.length = end > begin ? end - begin : nanoseconds(1'000'000);
  point.mean_seconds = period.mean;
  point.p50_seconds = period.p50;
  point.p95_seconds = period.p95;
  point.p99_seconds = period.p99;
  point.received_bytes = period.bytes;
  return point;
}

/// Periods within a run are whole, but for the first's begin and the last's end.
void keep_inner_periods_whole(std::vector<Period>& periods) {
  for (std::size_t i = 0; i < periods.size(); ++i) {
    if (i > 0) periods[i].first.reset();
    if (i + 1 < periods.size()) periods[i].last.reset();
  }
}

/// Users of a period at whose begin and end there were none: those who came and went within it, by
/// how long they stayed; absent where the report does not say.
std::optional<double> brief_users(const Period& period, nanoseconds length) {
  if (!period.session_mean || period.sessions <= 0) return std::nullopt;
  return *period.session_mean * period.sessions * 1e9 / static_cast<double>(length.count());
}

void write_points(std::vector<Period>& periods, LoadSeries& series, const ImportInput& input) {
  constexpr nanoseconds kMost = std::chrono::hours(24 * 31);
  std::stable_sort(periods.begin(), periods.end(),
                   [](const Period& a, const Period& b) { return *a.begin < *b.begin; });
  keep_inner_periods_whole(periods);
  const nanoseconds start =
      std::max(*periods.front().begin, periods.front().first.value_or(*periods.front().begin));
  if (*periods.back().begin - *periods.front().begin > kMost)
    input.refuse("its periods lie more than a month apart");
  series.start = std::chrono::system_clock::time_point(start);
  double present = 0;
  for (const Period& period : periods) {
    LoadPoint point = point_of(period, start);
    const double after = std::max(0.0, present + period.created - period.ended);
    const double stayed = (present + after) / 2;
    point.users = period.users ? period.users
                  : stayed > 0 ? std::optional(stayed)
                               : brief_users(period, point.length);
    present = after;
    series.points.push_back(point);
  }
  const LoadPoint& last = series.points.back();
  series.totals.seconds = static_cast<double>((last.begin + last.length).count()) / 1e9;
}

bool looks_like_artillery(std::string_view head) {
  const auto brace = head.find('{');
  if (brace == head.npos || !trimmed(head.substr(0, brace)).empty()) return false;
  const std::string_view begin = head.substr(brace, 200);
  return begin.find("\"aggregate\"") != begin.npos || begin.find("\"intermediate\"") != begin.npos;
}

LoadSeries read_artillery(ImportInput& input) {
  ArtilleryReport report;
  if (const auto fault = listen_to_json(input.source, report)) input.refuse(fault->what);
  std::erase_if(report.periods, [](const Period& period) {
    constexpr nanoseconds kFarthest = std::chrono::hours(24 * 365 * 200);
    return !period.begin || std::chrono::abs(*period.begin) > kFarthest ||
           std::chrono::abs(period.first.value_or(nanoseconds{})) > kFarthest ||
           std::chrono::abs(period.last.value_or(nanoseconds{})) > kFarthest;
  });
  if (report.periods.empty()) input.refuse("no \"intermediate\" periods with a time in it");
  LoadSeries series;
  if (report.left_out > 0) {
    series.warnings.push_back(std::to_string(report.left_out) + " periods beyond the first " +
                              std::to_string(ArtilleryReport::kMostPeriods) + " are left out");
  }
  write_points(report.periods, series, input);
  const Period& all = report.all;
  LoadTotals& totals = series.totals;
  totals.requests = all.responses + all.broken;
  totals.errors = all.refused + all.broken;
  totals.mean_seconds = all.mean;
  totals.p50_seconds = all.p50;
  totals.p90_seconds = all.p90;
  totals.p95_seconds = all.p95;
  totals.p99_seconds = all.p99;
  totals.max_seconds = all.max;
  return series;
}

}  // namespace

const LoadFormat kArtillery{"artillery", "JSON", looks_like_artillery, read_artillery};

}  // namespace tierwatch
