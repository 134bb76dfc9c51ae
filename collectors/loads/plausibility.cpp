// SPDX-License-Identifier: MIT
#include "collectors/loads/plausibility.h"

#include <cstdio>

namespace tierwatch {
namespace {

constexpr double kWarnAbove = 1.2;    // edges of the run, rounded latencies
constexpr double kRefuseFrom = 50.0;  // browsers and batches open some connections, not so many

std::string rounded(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", number);
  return text;
}

}  // namespace

std::optional<double> requests_in_flight_per_user(const LoadSeries& series) {
  // What ends in one second may have been under way for a minute in which nothing ended.
  double busy = 0, present = 0;
  for (const LoadPoint& point : series.points) {
    if (!point.users) continue;
    busy += point.requests * point.mean_seconds.value_or(0);
    present += *point.users * static_cast<double>(point.length.count()) / 1e9;
  }
  const LoadTotals& totals = series.totals;
  if (series.points.empty() && totals.users && totals.mean_seconds) {
    busy = totals.requests * *totals.mean_seconds;
    present = *totals.users * totals.seconds;
  }
  return present > 0 ? std::optional(busy / present) : std::nullopt;
}

void refuse_the_impossible(LoadSeries& series, const ImportInput& input) {
  if (series.totals.requests <= 0)
    input.refuse("no request in it; did the load generator reach the server?");
  const auto ratio = requests_in_flight_per_user(series);
  if (!ratio || *ratio <= kWarnAbove) return;
  const std::string law = "throughput × latency is " + rounded(*ratio) + " times the active users";
  // wrk itself prints such means, when few answers of many took long; rows do not lie.
  if (*ratio >= kRefuseFrom && !series.points.empty())
    input.refuse(law + ", which cannot be: latencies are in another unit, or users are missing");
  series.warnings.push_back(
      law + (series.points.empty() && *ratio >= kRefuseFrom
                 ? ": the mean that the tool printed cannot be right"
                 : ": users send several requests at once, requests are counted twice, or users of "
                   "some injectors are not in the file"));
}

}  // namespace tierwatch
