// SPDX-License-Identifier: MIT
#include "exporters/otlp/otlp_json.h"

#include <cmath>

#include "exporters/json/json_writer.h"

namespace tierwatch {
namespace {

/// As UCUM writes it. Of "1" Prometheus would make a ratio, so plain counts have none.
std::string_view ucum(std::string_view unit) {
  if (unit == "seconds") return "s";
  if (unit == "bytes") return "By";
  if (unit == "ratio") return "1";
  if (unit == "cores") return "{core}";
  return "";
}

/// 64 bits are written as text.
Json unix_nanoseconds(nanoseconds since_epoch) { return std::to_string(since_epoch.count()); }

nanoseconds nanoseconds_of(double seconds) {
  return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(seconds));
}

Json attribute(std::string_view key, std::string_view value) {
  return {{"key", key}, {"value", {{"stringValue", value}}}};
}

/// The time of the sample, and from when on its counters count.
struct Times {
  nanoseconds at, started, booted;

  nanoseconds begin_of(const Metric& metric, const MetricSample& sample) const {
    if (sample.created) return nanoseconds_of(*sample.created);
    return metric.since == CountsSince::kBoot ? booted : started;
  }
};

Json data_points(const CollectedFamily& family, const Times& times) {
  Json points = Json::array();
  for (const MetricSample& sample : family.samples) {
    if (!std::isfinite(sample.value)) continue;
    Json attributes = Json::array();
    for (std::size_t i = 0; i < family.labels.size(); ++i)
      attributes.push_back(attribute(family.labels[i], sample.label_values[i]));
    Json point = {{"attributes", std::move(attributes)}};
    if (family.metric->kind == MetricKind::kCounter)
      point["startTimeUnixNano"] = unix_nanoseconds(times.begin_of(*family.metric, sample));
    point["timeUnixNano"] = unix_nanoseconds(times.at);
    point["asDouble"] = sample.value;
    points.push_back(std::move(point));
  }
  return points;
}

Json metric_json(const CollectedFamily& family, const Times& times) {
  constexpr int kCumulative = 2;
  const Metric& metric = *family.metric;
  Json out = {{"name", metric.name}, {"description", metric.help}};
  if (const auto unit = ucum(metric.unit); !unit.empty()) out["unit"] = unit;
  Json data = {{"dataPoints", data_points(family, times)}};
  if (metric.kind == MetricKind::kCounter) {
    data["aggregationTemporality"] = kCumulative;
    data["isMonotonic"] = true;
  }
  out[metric.kind == MetricKind::kCounter ? "sum" : "gauge"] = std::move(data);
  return out;
}

}  // namespace

OtlpAttributes otlp_attributes(const std::string& hostname, const OtlpAttributes& given) {
  OtlpAttributes all = given;
  all.try_emplace("service.name", "tierwatch");
  all.try_emplace("service.instance.id", hostname);
  all.try_emplace("service.version", build_version());
  all.try_emplace("host.name", hostname);
  return all;
}

std::string otlp_json(std::span<const CollectedFamily> families, const Snapshot& snapshot,
                      double started_seconds, const OtlpAttributes& attributes) {
  const auto at = std::chrono::duration_cast<nanoseconds>(snapshot.at.wall.time_since_epoch());
  const Times times{at, nanoseconds_of(started_seconds), at - snapshot.at.boot};
  Json resource = Json::array();
  for (const auto& [key, value] : attributes) resource.push_back(attribute(key, value));
  Json metrics = Json::array();
  for (const CollectedFamily& family : families) metrics.push_back(metric_json(family, times));
  const Json scope = {{"scope", {{"name", "tierwatch"}, {"version", build_version()}}},
                      {"metrics", std::move(metrics)}};
  const Json whole = {{"resource", {{"attributes", std::move(resource)}}},
                      {"scopeMetrics", Json::array({scope})}};
  return json_text({{"resourceMetrics", Json::array({whole})}}, -1);
}

}  // namespace tierwatch
