// SPDX-License-Identifier: MIT
//
// k6's totals: what `--summary-export` writes, and the data of handleSummary(), where each metric
// has its values one level deeper. With --new-machine-readable-summary (1.5 and newer) metrics are
// a list, each with its name. Times are milliseconds.
#include <string>
#include <utility>
#include <vector>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/reading/json_events.h"
#include "collectors/loads/reading/number_text.h"

namespace tierwatch {
namespace {

struct K6Summary : JsonListener {
  LoadTotals totals;
  std::optional<double> rate, failed_share, vus_least, vus_most;
  double iterations = 0, dropped = 0;
  std::optional<double> seconds;  ///< that the test took, where it says so

  void on_value(std::string_view path, const JsonScalar& value) override {
    constexpr std::string_view kMetrics = "/metrics/", kValues = "values/";
    constexpr std::string_view kListed = "/results/metrics/*/";
    if (path == "/config/duration") seconds = value.number;
    if (path.starts_with(kListed)) return collect(path.substr(kListed.size()), value);
    if (!value.number) return;
    if (!path.starts_with(kMetrics)) return;
    path.remove_prefix(kMetrics.size());
    const auto slash = path.find('/');
    if (slash == path.npos) return;
    std::string_view field = path.substr(slash + 1);
    if (field.starts_with(kValues)) field.remove_prefix(kValues.size());
    read(path.substr(0, slash), field, *value.number);
  }

  void on_object_end(std::string_view path) override {
    if (path != "/results/metrics/*") return;
    for (const auto& [field, number] : listed_) read(listed_name_, field, number);
    listed_.clear();
    listed_name_.clear();
  }

 private:
  /// Of one in the list: its name may stand behind its values.
  void collect(std::string_view field, const JsonScalar& value) {
    constexpr std::string_view kValues = "values/";
    constexpr std::size_t kMostFields = 64;
    if (field == "name" && value.text) listed_name_ = *value.text;
    if (value.number && field.starts_with(kValues) && listed_.size() < kMostFields)
      listed_.emplace_back(field.substr(kValues.size()), *value.number);
  }

  void read(std::string_view metric, std::string_view field, double number) {
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

  std::string listed_name_;
  std::vector<std::pair<std::string, double>> listed_;
};

bool looks_like_k6_summary(std::string_view head) {
  const auto has = [&](std::string_view text) { return head.find(text) != head.npos; };
  return head.starts_with('{') && has("\"metrics\"") &&
         (has("\"http_reqs\"") || has("\"http_req_duration\"") || has("\"iteration_duration\""));
}

LoadSeries read_k6_summary(ImportInput& input) {
  K6Summary summary;
  if (const auto fault = listen_to_json(input.source, summary)) input.refuse(fault->what);
  LoadSeries series;
  LoadTotals& totals = series.totals = summary.totals;
  const bool timed = summary.seconds.value_or(0) > 0;
  if (totals.requests > 0 && !timed && summary.rate.value_or(0) <= 0)
    input.refuse("its metric http_reqs has no rate");
  if (totals.requests > 0)
    totals.seconds = timed ? *summary.seconds : totals.requests / *summary.rate;
  totals.errors = totals.requests * std::min(1.0, summary.failed_share.value_or(0));
  if (summary.dropped > 0 && summary.iterations > 0)
    totals.dropped = summary.dropped * totals.requests / summary.iterations;
  if (!summary.failed_share)
    series.warnings.push_back("it has no metric http_req_failed: failures are not known");
  if (summary.vus_least && summary.vus_least == summary.vus_most) totals.users = summary.vus_most;
  series.warnings.push_back(
      "a summary has no course over time; k6's --out csv=FILE writes one that is read, too");
  return series;
}

}  // namespace

const LoadFormat kK6Summary{"k6", "summary JSON", looks_like_k6_summary, read_k6_summary};

}  // namespace tierwatch
