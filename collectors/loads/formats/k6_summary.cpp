// SPDX-License-Identifier: MIT
//
// k6's totals: what `--summary-export` writes, and the data of handleSummary(), where each metric
// has its values one level deeper. With --new-machine-readable-summary (1.5 and newer) metrics are
// a list, each with its name. Times are milliseconds.
#include <string>
#include <utility>
#include <vector>

#include "collectors/loads/formats/formats.h"
#include "collectors/loads/formats/k6_totals.h"
#include "collectors/loads/reading/json_events.h"

namespace tierwatch {
namespace {

struct K6Summary : JsonListener {
  K6Totals totals;

  void on_value(std::string_view path, const JsonScalar& value) override {
    constexpr std::string_view kMetrics = "/metrics/", kValues = "values/";
    constexpr std::string_view kListed = "/results/metrics/*/";
    if (path == "/config/duration") totals.seconds = value.number;
    if (path.starts_with(kListed)) return collect(path.substr(kListed.size()), value);
    if (!value.number) return;
    if (!path.starts_with(kMetrics)) return;
    path.remove_prefix(kMetrics.size());
    const auto slash = path.find('/');
    if (slash == path.npos) return;
    std::string_view field = path.substr(slash + 1);
    if (field.starts_with(kValues)) field.remove_prefix(kValues.size());
    totals.read(path.substr(0, slash), field, *value.number);
  }

  void on_object_end(std::string_view path) override {
    if (path != "/results/metrics/*") return;
    for (const auto& [field, number] : listed_) totals.read(listed_name_, field, number);
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
  return summary.totals.series(input);
}

}  // namespace

const LoadFormat kK6Summary{"k6", "summary JSON", looks_like_k6_summary, read_k6_summary};

}  // namespace tierwatch
