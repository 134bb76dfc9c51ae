// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "exporters/prometheus/metric_sources.h"
#include "exporters/prometheus/metric_table.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

using Labels = std::vector<std::string>;

std::vector<MetricSample> collect(std::string_view name, const Snapshot& snapshot) {
  std::vector<MetricSample> samples;
  for (const Metric& row : metric_table())
    if (row.name == name) row.source.collect({.snapshot = &snapshot}, samples);
  return samples;
}

std::optional<double> value(std::string_view name, const Snapshot& snapshot, const Labels& labels) {
  for (const MetricSample& sample : collect(name, snapshot))
    if (sample.label_values == labels) return sample.value;
  return std::nullopt;
}

double sum(std::string_view name, const Snapshot& snapshot) {
  double total = 0;
  for (const MetricSample& sample : collect(name, snapshot)) total += sample.value;
  return total;
}

Verdict naming(std::string tier, Resource resource) {
  Verdict verdict{.state = VerdictState::kSaturated};
  verdict.tier = std::move(tier);
  verdict.resource = resource;
  return verdict;
}

Snapshot with_tiers(std::vector<std::string> names) {
  Snapshot snapshot;
  snapshot.facts.host.processors = 8;
  for (std::string& name : names) {
    snapshot.tiers.push_back({.name = name});
    TierFacts& facts = snapshot.facts.tiers.emplace_back();
    facts.name = name;
    facts.processes = 4;
  }
  return snapshot;
}

ListenerSample listener(std::uint16_t tier, std::string address) {
  ListenerSample sample;
  sample.reading.address = std::move(address);
  sample.reading.owner = SocketOwner{.tier = tier, .source = OwnerSource::kAddress};
  return sample;
}

EdgeReading edge(std::uint16_t from, std::optional<std::uint16_t> to, std::string peer,
                 std::uint64_t connections) {
  return {.from = SocketOwner{.tier = from, .source = OwnerSource::kDescriptor},
          .from_one_of = {},
          .from_local = true,
          .to = to,
          .peer = std::move(peer),
          .connections = connections};
}

TEST(BottleneckMetric, NamesOneAndShowsTheOthersAsZero) {
  const Snapshot snapshot = rich_snapshot();
  EXPECT_EQ(value("tierwatch_bottleneck", snapshot, {"shop \"eu\"", "cpu"}), 1);
  EXPECT_EQ(value("tierwatch_bottleneck", snapshot, {"nginx", "fds"}), 0) << "it was full once";
  EXPECT_EQ(value("tierwatch_bottleneck", snapshot, {"postgres", "cpu"}), std::nullopt);
  EXPECT_EQ(sum("tierwatch_bottleneck", snapshot), 1);
}

TEST(BottleneckMetric, WhatWasNamedBeforeGoesToZeroAndStays) {
  Snapshot snapshot;
  snapshot.verdict.state = VerdictState::kClear;
  snapshot.saturated_seconds[{"nginx", Resource::kFds}] = 30;
  EXPECT_EQ(value("tierwatch_bottleneck", snapshot, {"nginx", "fds"}), 0);
  EXPECT_EQ(value("tierwatch_tier_saturated", snapshot, {"nginx", "fds"}), 0);
  EXPECT_EQ(value("tierwatch_tier_saturated_seconds_total", snapshot, {"nginx", "fds"}), 30);
}

TEST(BottleneckMetric, ForeignProcessesAreTheTierOther) {
  Snapshot snapshot;
  snapshot.verdict = naming("other", Resource::kCpu);
  EXPECT_EQ(value("tierwatch_bottleneck", snapshot, {"other", "cpu"}), 1);
}

TEST(VerdictMetrics, ExactlyOneStateHolds) {
  for (const auto state :
       {VerdictState::kUnknown, VerdictState::kClear, VerdictState::kSaturated}) {
    Snapshot snapshot;
    snapshot.verdict.state = state;
    EXPECT_EQ(sum("tierwatch_verdict_state", snapshot), 1);
    EXPECT_EQ(value("tierwatch_verdict_state", snapshot, {std::string(to_string(state))}), 1);
  }
}

TEST(SaturationMetrics, FullThingsThatAreNotNamedAreSaturatedAllTheSame) {
  Snapshot snapshot;
  snapshot.verdict = naming("postgres", Resource::kLock);
  snapshot.verdict.saturations = {
      {.tier = "uwsgi", .resource = Resource::kWorkers, .state = Heat::kHot},
      {.tier = "redis",
       .resource = Resource::kThread,
       .state = Heat::kWarm,
       .utilization_ratio = 0.75}};
  EXPECT_EQ(value("tierwatch_tier_saturated", snapshot, {"uwsgi", "workers"}), 1);
  EXPECT_EQ(value("tierwatch_bottleneck", snapshot, {"uwsgi", "workers"}), 0);
  EXPECT_EQ(value("tierwatch_tier_saturated", snapshot, {"redis", "thread"}), 0);
  EXPECT_EQ(value("tierwatch_tier_utilization_ratio", snapshot, {"redis", "thread"}), 0.75);
  EXPECT_EQ(value("tierwatch_tier_utilization_ratio", snapshot, {"uwsgi", "workers"}),
            std::nullopt);
}

TEST(SaturationMetrics, CountersBeginAtZeroBeforeAnythingWasFull) {
  Snapshot snapshot;
  snapshot.verdict.saturations = {{.tier = "uwsgi", .resource = Resource::kCpu}};
  EXPECT_EQ(value("tierwatch_tier_saturated_seconds_total", snapshot, {"uwsgi", "cpu"}), 0);
}

TEST(CapacityMetrics, TheLeastBoundIsTheCapacity) {
  Snapshot snapshot = with_tiers({"uwsgi"});
  TierFacts& tier = snapshot.facts.tiers[0];
  tier.serving = RoleKind::kSyncWorker;
  tier.single_core_processes = true;
  tier.worker_processes = tier.workers = 3;
  tier.quota = QuotaFacts{.cores = 1.5, .used_cores = 0.75, .throttled_ratio = 0.25};
  const char* bounds = "tierwatch_tier_cpu_bound_cores";
  EXPECT_EQ(value(bounds, snapshot, {"uwsgi", "host"}), 8);
  EXPECT_EQ(value(bounds, snapshot, {"uwsgi", "workers"}), 3);
  EXPECT_EQ(value(bounds, snapshot, {"uwsgi", "quota"}), 1.5);
  EXPECT_EQ(value("tierwatch_tier_cpu_capacity_cores", snapshot, {"uwsgi"}), 1.5);
  EXPECT_EQ(value("tierwatch_tier_cpu_quota_used_cores", snapshot, {"uwsgi"}), 0.75);
  EXPECT_EQ(value("tierwatch_tier_cpu_throttled_ratio", snapshot, {"uwsgi"}), 0.25);
}

TEST(CapacityMetrics, OneEventLoopAmongSeveralDoesNotBoundTheTier) {
  Snapshot snapshot = with_tiers({"nginx"});
  TierFacts& tier = snapshot.facts.tiers[0];
  tier.serving = RoleKind::kEventWorker;
  tier.single_core_processes = true;
  tier.worker_processes = tier.workers = 4;
  EXPECT_EQ(value("tierwatch_tier_cpu_capacity_cores", snapshot, {"nginx"}), 4);
}

TEST(CapacityMetrics, ATierWithoutProcessesHasNone) {
  Snapshot snapshot = with_tiers({"redis"});
  snapshot.facts.tiers[0].processes = 0;
  EXPECT_THAT(collect("tierwatch_tier_cpu_capacity_cores", snapshot), IsEmpty());
}

TEST(WorkerMetrics, OnlyPoolsHaveWorkersThatCanBeBusy) {
  Snapshot snapshot = with_tiers({"uwsgi", "postgres", "nginx"});
  for (TierFacts& tier : snapshot.facts.tiers) {
    tier.serving = RoleKind::kSyncWorker;
    tier.workers = 4;
    tier.busy_workers = 3;
  }
  snapshot.facts.tiers[1].workers_on_demand = true;
  snapshot.facts.tiers[2].serving = RoleKind::kEventWorker;
  EXPECT_THAT(collect("tierwatch_tier_workers", snapshot), SizeIs(1));
  EXPECT_THAT(value("tierwatch_tier_busy_workers", snapshot, {"uwsgi"}), Optional(3.0));
}

TEST(BackendMetrics, StatesAddUpToTheBackends) {
  Snapshot snapshot = with_tiers({"postgres"});
  snapshot.facts.tiers[0].backends = BackendFacts{.backends = 20,
                                                  .active = 8,
                                                  .waiting = 7,
                                                  .idle_in_transaction = 2,
                                                  .usable_connections = 97};
  const char* name = "tierwatch_tier_backends";
  EXPECT_EQ(sum(name, snapshot), 20);
  EXPECT_EQ(value(name, snapshot, {"postgres", "active"}), 1);
  EXPECT_EQ(value(name, snapshot, {"postgres", "waiting"}), 7);
  EXPECT_EQ(value(name, snapshot, {"postgres", "idle"}), 10);
  EXPECT_EQ(value("tierwatch_tier_connections_used", snapshot, {"postgres"}), 20);
  EXPECT_EQ(value("tierwatch_tier_connections_limit", snapshot, {"postgres"}), 97);
}

TEST(ListenerMetrics, SocketsOfNoTierAreLeftOut) {
  Snapshot snapshot = with_tiers({"nginx"});
  snapshot.listeners = {listener(0, "0.0.0.0:80"), listener(0, "0.0.0.0:22")};
  snapshot.listeners[1].reading.owner.reset();
  EXPECT_THAT(collect("tierwatch_listener_queue_length", snapshot), SizeIs(1));
}

TEST(ListenerMetrics, OneAddressInTwoContainersIsTwoListeners) {
  Snapshot snapshot = with_tiers({"nginx"});
  snapshot.listeners = {listener(0, "0.0.0.0:80"), listener(0, "0.0.0.0:80")};
  snapshot.listeners[1].reading.network = "container 3fa9c1d2b3e4";
  EXPECT_THAT(collect("tierwatch_listener_queue_length", snapshot), SizeIs(2));
}

TEST(ListenerMetrics, ManyListenersOfATierAreCut) {
  Snapshot snapshot = with_tiers({"node", "nginx"});
  for (int port = 1000; port < 2000; ++port)
    snapshot.listeners.push_back(listener(0, "127.0.0.1:" + std::to_string(port)));
  snapshot.listeners.push_back(listener(1, "0.0.0.0:80"));
  EXPECT_THAT(collect("tierwatch_listener_queue_length", snapshot), SizeIs(33));
}

TEST(ListenerMetrics, AddressesWithOddBytesStayApartAndPrintable) {
  EXPECT_EQ(label_text("/run/app.sock"), "/run/app.sock");
  EXPECT_EQ(label_text("@a\n\xff"), "@a\\x0a\\xff");
  EXPECT_NE(label_text("\\x0a"), label_text("\n"));
}

TEST(EdgeMetrics, LeadFromTierToTierOrToAnAddress) {
  Snapshot snapshot = with_tiers({"nginx", "uwsgi"});
  snapshot.edges = {edge(0, 1, "/run/a.sock", 5), edge(0, 1, "/run/b.sock", 2),
                    edge(1, std::nullopt, "10.0.0.9:25", 3)};
  const char* name = "tierwatch_edge_connections";
  EXPECT_EQ(value(name, snapshot, {"nginx", "uwsgi", ""}), 7);
  EXPECT_EQ(value(name, snapshot, {"uwsgi", "external", "10.0.0.9:25"}), 3);
}

TEST(EdgeMetrics, NoClientsAddressBecomesALabel) {
  Snapshot snapshot = with_tiers({"nginx"});
  snapshot.edges = {edge(0, std::nullopt, "203.0.113.7:51234", 3),
                    edge(0, std::nullopt, "[2001:db8::1]:40000", 4)};
  EdgeReading from_outside = edge(0, 0, "0.0.0.0:80", 600);
  from_outside.from.reset();
  snapshot.edges.push_back(from_outside);
  const auto samples = collect("tierwatch_edge_connections", snapshot);
  ASSERT_THAT(samples, SizeIs(1));
  EXPECT_EQ(samples[0].label_values, (Labels{"nginx", "external", "other"}));
  EXPECT_EQ(samples[0].value, 7);
}

TEST(EdgeMetrics, PeersBeyondTheLargestAreToldTogether) {
  Snapshot snapshot = with_tiers({"crawler"});
  for (unsigned host = 1; host <= 60; ++host)
    snapshot.edges.push_back(
        edge(0, std::nullopt, "10.0.0." + std::to_string(host) + ":443", host));
  const char* name = "tierwatch_edge_connections";
  EXPECT_THAT(collect(name, snapshot), SizeIs(9));
  EXPECT_EQ(value(name, snapshot, {"crawler", "external", "10.0.0.60:443"}), 60);
  EXPECT_EQ(sum(name, snapshot), 60 * 61 / 2);
}

/// A tier's only request in hand waits for somebody elsewhere, another for a tier here.
TierTime waits_for(const std::string& tier, std::vector<TimeSpent> spent) {
  return {
      .tier = tier, .instance = "", .in_flight = 1, .from_outside = 1, .spent = std::move(spent)};
}
TimeSpent on_peer(const std::string& peer, bool watched, double requests) {
  return {.on = Spent::kPeer, .peer = peer, .watched = watched, .requests = requests};
}

TEST(WaitingMetric, IsOfPeersElsewhereOnly) {
  Snapshot snapshot = with_tiers({"uwsgi", "redis"});
  snapshot.verdict.in_flight = {
      waits_for("uwsgi", {on_peer("10.0.0.9:5432", false, 5.9), on_peer("redis", true, 0.5)})};
  const auto samples = collect("tierwatch_edge_waiting_requests", snapshot);
  ASSERT_THAT(samples, SizeIs(1));
  EXPECT_EQ(samples[0].label_values, (Labels{"uwsgi", "10.0.0.9:5432"}));
  EXPECT_DOUBLE_EQ(samples[0].value, 5.9);
}

TEST(WaitingMetric, IsOfTheFourThatMostWaitForAndOfNoClient) {
  Snapshot snapshot = with_tiers({"uwsgi"});
  std::vector<TimeSpent> spent{on_peer("10.0.0.1:51000", false, 99)};
  for (int host = 1; host <= 9; ++host)
    spent.push_back(on_peer("10.0.0." + std::to_string(host) + ":25", false, host));
  snapshot.verdict.in_flight = {waits_for("uwsgi", spent)};
  const char* name = "tierwatch_edge_waiting_requests";
  EXPECT_THAT(collect(name, snapshot), SizeIs(4));
  EXPECT_EQ(sum(name, snapshot), 9 + 8 + 7 + 6);
}

TEST(WaitingMetric, GoesByHeldWorkersWhereRequestsInHandAreNotKnown) {
  Snapshot snapshot = with_tiers({"gunicorn"});
  TierFacts& tier = snapshot.facts.tiers.at(0);
  tier.busy_workers = 8;
  tier.waits = {WaitFacts{WaitFacts::For::kExternal, "10.0.0.9:25", 0.75},
                WaitFacts{WaitFacts::For::kDisk, "", 0.25}};
  EXPECT_EQ(value("tierwatch_edge_waiting_requests", snapshot, {"gunicorn", "10.0.0.9:25"}), 6);
}

}  // namespace
}  // namespace tierwatch
