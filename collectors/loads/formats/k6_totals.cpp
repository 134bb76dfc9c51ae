// SPDX-License-Identifier: MIT
#include "collectors/loads/formats/k6_totals.h"

#include <algorithm>

#include "collectors/loads/reading/number_text.h"

namespace tierwatch {

void K6Totals::read(std::string_view metric, std::string_view field, double number) {
  if (metric == "http_reqs" && field == "count") totals.requests = number;
  if (metric == "http_reqs" && field == "rate") rate = number;
  if (metric == "iterations" && field == "count") iterations = number;
  if (metric == "dropped_iterations" && field == "count") dropped = number;
  if (metric == "http_req_failed" && (field == "value" || field == "rate")) failed_share = number;
  if (metric == "vus" && field == "min") vus_least = number;
  if (metric == "vus" && field == "max") vus_most = number;
  if (metric != "http_req_duration" || number <= 0) return;
  if (field == "avg") totals.mean_seconds = number / 1e3;
  if (field == "med") totals.p50_seconds = number / 1e3;
  if (field == "max") totals.max_seconds = number / 1e3;
  if (field.starts_with("p("))
    totals.set_percentile(parse_number<double>(field.substr(2, field.find(')') - 2)).value_or(0),
                          number / 1e3);
}

LoadSeries K6Totals::series(const ImportInput& input) const {
  LoadSeries series;
  series.totals = totals;
  const bool timed = seconds.value_or(0) > 0;
  if (totals.requests > 0 && !timed && rate.value_or(0) <= 0)
    input.refuse("its metric http_reqs has no rate");
  if (totals.requests > 0) series.totals.seconds = timed ? *seconds : totals.requests / *rate;
  series.totals.errors = totals.requests * std::min(1.0, failed_share.value_or(0));
  if (dropped > 0 && iterations > 0) series.totals.dropped = dropped * totals.requests / iterations;
  series.errors_known = failed_share.has_value();
  if (!failed_share)
    series.warnings.push_back("it has no metric http_req_failed: failures are not known");
  if (vus_least && vus_least == vus_most) series.totals.users = vus_most;
  series.warnings.push_back(
      "a summary has no course over time; k6's --out csv=FILE writes one that is read, too");
  return series;
}

}  // namespace tierwatch
