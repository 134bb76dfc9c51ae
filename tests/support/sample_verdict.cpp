// SPDX-License-Identifier: MIT
#include "tests/support/sample_snapshots.h"

#include "analysis/judge/judge.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

ListenerSample listener(std::string address, std::uint16_t tier) {
  ListenerSample sample;
  sample.reading = {.family = SocketFamily::kUnix,
                    .address = std::move(address),
                    .sockets = 1,
                    .uid = 33,
                    .owner = SocketOwner{.tier = tier, .source = OwnerSource::kDescriptor},
                    .queue_length = 87,
                    .queue_limit = 100,
                    .observed = seconds(41),
                    .queue_seconds = 1234.5,
                    .queued_time = seconds(30),
                    .full_time = seconds(5),
                    .queue_peak = 101,
                    .samples = 820,
                    .samples_with_queue = 600,
                    .samples_full = 100,
                    .in_service = 3};
  sample.queue_mean = 85.5;
  sample.queued_ratio = 1.0;
  sample.full_ratio = 0.12;
  return sample;
}

TierFacts facts_of(const std::string& name, RoleKind serving, double workers, double cores) {
  TierFacts facts;
  facts.name = facts.preset = name;
  facts.serving = serving;
  facts.single_core_processes = true;
  facts.processes = workers + 1;
  facts.worker_processes = facts.workers = workers;
  facts.cpu_cores = facts.serving_cores = facts.thread_run_cores = cores;
  facts.run_delay_cores = 0.1;
  facts.hottest_thread = HottestFacts{.pid = 812, .tid = 812, .cores = cores / workers};
  facts.hottest_process = HottestFacts{.pid = 812, .tid = 0, .cores = cores / workers};
  facts.allowed_cpus = 4;
  facts.worst_fds = FdFacts{.pid = 812, .open = 768, .limit = 1024};
  facts.listeners.emplace();
  facts.peers.emplace();
  return facts;
}

}  // namespace

void add_verdict(Snapshot& snapshot, std::uint16_t full_tier) {
  const std::string& name = snapshot.tiers.at(full_tier).name;
  snapshot.listeners = {listener("/run/uwsgi/app.sock", full_tier)};
  snapshot.edges = {{.from = SocketOwner{.tier = 0, .source = OwnerSource::kUser},
                     .from_one_of = {},
                     .from_local = true,
                     .to = full_tier,
                     .peer = "/run/uwsgi/app.sock",
                     .connections = 90}};
  snapshot.facts = {.seconds = 1, .host = {}, .tiers = {}, .load = {}};
  snapshot.facts.host.processors = 4;
  snapshot.facts.host.busy_cores = 3.5;
  for (const TierSample& tier : snapshot.tiers)
    snapshot.facts.tiers.push_back(
        facts_of(tier.name, tier.roles.back().kind, 3, tier.name == name ? 2.94 : 0.2));
  TierFacts& full = snapshot.facts.tiers[full_tier];
  full.serving = RoleKind::kSyncWorker;
  full.busy_workers = 3;
  full.listeners = {{.name = "/run/uwsgi/app.sock",
                     .queue_mean = 85.5,
                     .queued_ratio = 1,
                     .full_ratio = 0.12,
                     .queue_peak = 101,
                     .limit = 100,
                     .drops = {}}};
  full.quota = QuotaFacts{.cores = 6, .used_cores = 2.94, .throttled_ratio = 0};
  snapshot.verdict = judge(snapshot.facts);
  snapshot.verdict.since_seconds = 112;
  snapshot.verdict.sentence = name + " is full: " + snapshot.verdict.what + " for 1 m 52 s";
  snapshot.saturated_seconds = {{{name, Resource::kCpu}, 130.5}, {{"nginx", Resource::kFds}, 2}};
  snapshot.self.verdict_changes = 3;
}

void add_neighbours(Snapshot& snapshot) {
  ListenerSample http = listener("0.0.0.0:80", 0);
  http.reading.family = SocketFamily::kTcp4;
  http.reading.port = 80;
  http.reading.queue_length = http.reading.queue_peak = 0;
  http.reading.queue_limit = 511;
  http.reading.drops = 12;
  http.reading.in_service = 640;
  http.reading.sending = 3;
  http.reading.half_open = 2;
  snapshot.listeners.insert(snapshot.listeners.begin(), http);
  snapshot.edges.push_back({.from = SocketOwner{.tier = 1, .source = OwnerSource::kDescriptor},
                            .from_one_of = {},
                            .from_local = true,
                            .to = {},
                            .peer = "10.0.0.9:25",
                            .connections = 2});
  snapshot.edges.back().round_trip = std::chrono::milliseconds(40);
  snapshot.edges.back().segments_sent = 2000;
  snapshot.edges.back().segments_resent = 30;
  auto& tiers = snapshot.facts.tiers;
  tiers[0].connection_table = LimitFacts{.used = 730, .limit = 1536};
  tiers[1].memory = MemoryFacts{.used_bytes = 300e6, .limit_bytes = 512e6};
  tiers[2].backends = BackendFacts{
      .backends = 4, .active = 3, .waiting = 1, .idle_in_transaction = 1, .usable_connections = 97};
  tiers[2].space = SpaceFacts{.directory = "/var/lib/postgresql/15/main",
                              .size_bytes = 20e9,
                              .left_bytes = 6e9,
                              .inodes = 1e6,
                              .left_inodes = 9e5};
}

}  // namespace tierwatch
