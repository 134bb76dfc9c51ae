// SPDX-License-Identifier: MIT
//
// What /metrics/processes says, and the numbers under which processes are known there.
#include <gmock/gmock.h>

#include <algorithm>

#include "exporters/prometheus/metric_table.h"
#include "exporters/prometheus/process_slots.h"
#include "exporters/prometheus/prometheus_exporter.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

ProcessSample worker(pid_t pid, long started, double cores = 0) {
  ProcessSample sample;
  sample.reading.id = {pid, seconds(started)};
  sample.reading.member = Membership{.tier = 0, .role = 0};
  sample.cpu_cores = cores;
  return sample;
}

Snapshot snapshot_of(std::vector<ProcessSample> processes) {
  Snapshot snapshot;
  TierSample& tier = snapshot.tiers.emplace_back();
  tier.name = "uwsgi";
  tier.roles.resize(1);
  tier.roles.front().name = "worker";
  snapshot.processes = std::move(processes);
  return snapshot;
}

std::string text_of(Snapshot snapshot) {
  return PrometheusExporter().process_text(std::make_shared<const Snapshot>(std::move(snapshot)));
}

TEST(ProcessSlots, AWorkerThatIsRestartedGoesOnUnderTheNumberOfTheOneThatEnded) {
  ProcessSlots slots;
  slots.update(snapshot_of({worker(10, 1), worker(11, 2), worker(12, 3)}));
  EXPECT_EQ(slots.slot_of(worker(11, 2).reading), 1u);
  slots.update(snapshot_of({worker(10, 1), worker(12, 3), worker(13, 9)}));
  EXPECT_EQ(slots.slot_of(worker(13, 9).reading), 1u);
  EXPECT_EQ(slots.slot_of(worker(12, 3).reading), 2u);
}

TEST(ProcessSlots, APidThatIsUsedAgainIsAnotherProcess) {
  ProcessSlots slots;
  slots.update(snapshot_of({worker(10, 1), worker(11, 2)}));
  slots.update(snapshot_of({worker(11, 2), worker(10, 7), worker(12, 5)}));
  EXPECT_EQ(slots.slot_of(worker(12, 5).reading), 0u);
  EXPECT_EQ(slots.slot_of(worker(10, 7).reading), 2u);
}

TEST(ProcessMetrics, EachProcessOfATierHasItsSeries) {
  ProcessSample one = worker(812, 4000, 0.9);
  one.reading.user_cpu = seconds(3);
  one.reading.open_fds = 17;
  one.reading.memory.emplace().resident_bytes = 4096;
  const std::string text = text_of(snapshot_of({one}));
  const std::string labels = R"({tier="uwsgi",role="worker",worker="0",pid="812")";
  EXPECT_THAT(text,
              HasSubstr("tierwatch_process_cpu_seconds_total" + labels + ",mode=\"user\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("tierwatch_process_open_fds" + labels + "} 17\n"));
  EXPECT_THAT(text, HasSubstr("tierwatch_process_resident_memory_bytes" + labels + "} 4096\n"));
  EXPECT_THAT(text, HasSubstr("tierwatch_processes_left_out 0\n"));
}

TEST(ProcessMetrics, WhatIsNotKnownIsAbsent) {
  const std::string text = text_of(snapshot_of({worker(812, 4000)}));
  EXPECT_THAT(text, Not(HasSubstr("_open_fds")));
  EXPECT_THAT(text, Not(HasSubstr("_memory_bytes")));
  EXPECT_THAT(text, Not(HasSubstr("_run_delay")));
}

TEST(ProcessMetrics, ProcessesOfNoTierAreNotServed) {
  ProcessSample other = worker(99, 1);
  other.reading.member.reset();
  EXPECT_THAT(text_of(snapshot_of({other})), Not(HasSubstr("pid=")));
}

TEST(ProcessMetrics, OfManyTheBusiestAreServedAndTheRestCounted) {
  std::vector<ProcessSample> many;
  for (int i = 0; i < static_cast<int>(kMostProcesses) + 7; ++i)
    many.push_back(worker(1000 + i, i, i));
  const std::string text = text_of(snapshot_of(many));
  EXPECT_THAT(text, HasSubstr("tierwatch_processes_left_out 7\n"));
  EXPECT_THAT(text, Not(HasSubstr("pid=\"1006\"")));
  EXPECT_THAT(text, HasSubstr("pid=\"1007\""));
}

TEST(ProcessMetrics, ASecondReaderOfASnapshotGetsTheSameText) {
  PrometheusExporter exporter;
  const auto snapshot = std::make_shared<const Snapshot>(rich_snapshot());
  EXPECT_EQ(exporter.process_text(snapshot), exporter.process_text(snapshot));
}

TEST(ProcessMetrics, WithoutASnapshotThereIsNothing) {
  EXPECT_EQ(PrometheusExporter().process_text(nullptr), "");
}

TEST(ProcessMetrics, NoLabelTellsAStartTimeOrACommandLine) {
  for (const Metric& metric : process_metric_table())
    for (const std::string_view label : metric.source.labels)
      EXPECT_THAT(label, testing::AnyOf("tier", "role", "worker", "pid", "mode")) << metric.name;
}

}  // namespace
}  // namespace tierwatch
