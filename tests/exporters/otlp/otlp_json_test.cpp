// SPDX-License-Identifier: MIT
#include "exporters/otlp/otlp_json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr double kStarted = 1'699'999'000.5;

json request_of(const Snapshot& snapshot, const OtlpAttributes& given = {}) {
  const auto families = collect_families(metric_table(), {.snapshot = &snapshot}, {});
  return json::parse(
      otlp_json(families, snapshot, kStarted, otlp_attributes(snapshot.hostname, given)));
}

json metric(const json& request, const std::string& name) {
  for (const json& one : request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"])
    if (one["name"] == name) return one;
  return nullptr;
}

json attributes(const json& request) {
  json all;
  for (const json& one : request["resourceMetrics"][0]["resource"]["attributes"])
    all[one["key"].get<std::string>()] = one["value"]["stringValue"];
  return all;
}

TEST(OtlpJson, ACounterIsAMonotonicSumSinceTheStart) {
  const json sum = metric(request_of(rich_snapshot()), "tierwatch_samples_total")["sum"];
  EXPECT_EQ(sum["isMonotonic"], true);
  EXPECT_EQ(sum["aggregationTemporality"], 2) << "cumulative";
  const json& point = sum["dataPoints"][0];
  EXPECT_EQ(point["asDouble"], 42);
  EXPECT_EQ(point["timeUnixNano"], "1700000000000000000");
  EXPECT_EQ(point["startTimeUnixNano"], "1699999000500000000");
}

TEST(OtlpJson, CountersOfTheMachineBeginAtItsBoot) {
  const json sum = metric(request_of(rich_snapshot()), "tierwatch_host_listen_drops_total")["sum"];
  EXPECT_EQ(sum["dataPoints"][0]["startTimeUnixNano"], "1699994900000000000");
}

TEST(OtlpJson, AGaugeHasAValueAndItsLabels) {
  const json one = metric(request_of(rich_snapshot()), "tierwatch_tier_fd_utilization_worst_ratio");
  ASSERT_TRUE(one.contains("gauge"));
  EXPECT_EQ(one["unit"], "1");
  const json& point = one["gauge"]["dataPoints"][0];
  EXPECT_EQ(point["asDouble"], 0.75);
  EXPECT_EQ(point["attributes"],
            json::parse(R"([{"key":"tier","value":{"stringValue":"nginx"}}])"));
  EXPECT_FALSE(point.contains("startTimeUnixNano"));
}

TEST(OtlpJson, UnitsAreUcumsAndPlainCountsHaveNone) {
  const json request = request_of(rich_snapshot());
  EXPECT_EQ(metric(request, "tierwatch_sampling_cpu_seconds_total")["unit"], "s");
  EXPECT_EQ(metric(request, "tierwatch_host_memory_total_bytes")["unit"], "By");
  EXPECT_EQ(metric(request, "tierwatch_tier_cpu_capacity_cores")["unit"], "{core}");
  EXPECT_FALSE(metric(request, "tierwatch_tier_threads").contains("unit"));
}

TEST(OtlpJson, TheHostIsTheInstanceUnlessItIsGiven) {
  const json own = attributes(request_of(rich_snapshot()));
  EXPECT_EQ(own["service.name"], "tierwatch");
  EXPECT_EQ(own["service.instance.id"], "web1");
  const json given = attributes(request_of(
      rich_snapshot(), {{"service.instance.id", "web1:9718"}, {"deployment.environment", "eu"}}));
  EXPECT_EQ(given["service.instance.id"], "web1:9718");
  EXPECT_EQ(given["deployment.environment"], "eu");
}

TEST(OtlpJson, WhatIsNoUtf8IsReplaced) {
  Snapshot snapshot = rich_snapshot();
  snapshot.hostname = "web\xff";
  EXPECT_EQ(attributes(request_of(snapshot))["host.name"], "web\ufffd");
}

TEST(OtlpJson, TheSameSeriesAreThereAsAreScraped) {
  const Snapshot snapshot = rich_snapshot();
  const json request = request_of(snapshot);
  for (const CollectedFamily& family :
       collect_families(metric_table(), {.snapshot = &snapshot}, {})) {
    const json one = metric(request, std::string(family.metric->name));
    ASSERT_FALSE(one.is_null()) << family.metric->name;
    const json& data = one.contains("sum") ? one["sum"] : one["gauge"];
    EXPECT_EQ(data["dataPoints"].size(), family.samples.size()) << family.metric->name;
  }
}

}  // namespace
}  // namespace tierwatch
