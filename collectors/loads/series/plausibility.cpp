// SPDX-License-Identifier: MIT
#include "collectors/loads/series/plausibility.h"

#include <algorithm>
#include <initializer_list>

#include "collectors/text/format.h"

namespace tierwatch {
namespace {

constexpr double kWarnAbove = 1.2;    // edges of the run, rounded latencies
constexpr double kRefuseFrom = 50.0;  // browsers and batches open some connections, not so many

std::string rounded(double number) { return formatted("{:.3g}", number); }

/// Far beyond any run: what is above was no number of this kind, or is broken.
constexpr double kMostRequests = 1e13, kMostUsers = 1e8, kMostSeconds = 1e9;

struct Bounded {
  const char* name;
  std::optional<double> value;
  double most;
};

/// Not a number is out of bounds, too.
bool out_of_bounds(const Bounded& one) {
  return one.value && !(*one.value >= 0 && *one.value <= one.most);
}

void refuse_out_of_bounds(std::initializer_list<Bounded> all, const ImportInput& input) {
  const auto wrong = std::ranges::find_if(all, out_of_bounds);
  if (wrong != all.end())
    input.refuse(std::string("its ") + wrong->name + ", " + rounded(*wrong->value) +
                 ", cannot be right; is the text complete, and of one run?");
}

void refuse_impossible_numbers(const LoadSeries& series, const ImportInput& input) {
  const LoadTotals& totals = series.totals;
  refuse_out_of_bounds({{"number of requests", totals.requests, kMostRequests},
                        {"number of errors", totals.errors, kMostRequests},
                        {"time", totals.seconds, kMostSeconds},
                        {"number of users", totals.users, kMostUsers},
                        {"mean latency", totals.mean_seconds, kMostSeconds},
                        {"p50", totals.p50_seconds, kMostSeconds},
                        {"p90", totals.p90_seconds, kMostSeconds},
                        {"p95", totals.p95_seconds, kMostSeconds},
                        {"p99", totals.p99_seconds, kMostSeconds},
                        {"maximum", totals.max_seconds, kMostSeconds}},
                       input);
  for (const LoadPoint& point : series.points)
    refuse_out_of_bounds({{"number of requests", point.requests, kMostRequests},
                          {"number of errors", point.errors, kMostRequests},
                          {"number of users", point.users, kMostUsers},
                          {"mean latency", point.mean_seconds, kMostSeconds}},
                         input);
}

/// wrk2 counts latency from when a request was due: where it falls behind the rate that it was told
/// to keep, it has more of it than its connections can wait for.
bool counts_from_due_time(const LoadSeries& series) { return series.tool == "wrk2"; }

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
  refuse_impossible_numbers(series, input);
  if (series.totals.requests <= 0)
    input.refuse("no request in it; did the load generator reach the server?");
  const auto ratio = requests_in_flight_per_user(series);
  if (!ratio || *ratio <= kWarnAbove) return;
  if (counts_from_due_time(series)) {
    series.warnings.push_back(
        "latency counts from when each request was due: at the rate that was asked for, requests "
        "waited in the load generator, " +
        rounded(*ratio) + " for each connection");
    return;
  }
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
