// SPDX-License-Identifier: MIT
//
// How many series a host gives whoever scrapes it, and what each choice of [metrics] changes.
#include <gmock/gmock.h>

#include <algorithm>

#include "exporters/prometheus/families.h"
#include "exporters/prometheus/prometheus_exporter.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::size_t kBudget = 300;

std::set<std::string> names(const std::vector<CollectedFamily>& families) {
  std::set<std::string> all;
  for (const CollectedFamily& family : families) all.emplace(family.metric->name);
  return all;
}

std::vector<CollectedFamily> collected(const Snapshot& snapshot, const MetricChoice& choice) {
  return collect_families(metric_table(), {.snapshot = &snapshot}, choice);
}

const CollectedFamily& family(const std::vector<CollectedFamily>& families, std::string_view name) {
  for (const CollectedFamily& one : families)
    if (one.metric->name == name) return one;
  throw std::out_of_range(std::string(name));
}

/// All that a daemon may know of itself.
ServiceState& busy_service() {
  static ServiceState state;
  static const bool filled = [] {
    const auto now = std::chrono::system_clock::now();
    state.config_loaded(now);
    state.serve_certificate(now, true);
    state.keep_history(HistoryStanding{.bytes = 4096, .oldest = now});
    state.read_processes_by({.source = "proc", .reason = "not_permitted"});
    const WebEvents events = state.web_events();
    for (const char* page : {"/", "/metrics", "/api/v1/recent", "/api/v1/snapshot", "other"})
      events.answered(page, 200);
    events.answered("/metrics", 401);
    events.answered("other", 404);
    return true;
  }();
  (void)filled;
  return state;
}

TierSample living(TierSample tier) {
  tier.hottest_thread = Hottest{.cores = 0.4};
  tier.worst_fds = WorstFds{.open = 100, .limit = 1000, .ratio = 0.1};
  tier.oldest_start = seconds(50);
  for (RoleSample& role : tier.roles) {
    role.sums.processes = role.sums.threads = role.sums.sleeping = 3;
    role.sums.memory = MemoryReading{.resident_bytes = 1};
    role.sums.open_fds = 7;
    role.totals.run_delay = nanoseconds{1};
    role.totals.voluntary_switches = role.totals.involuntary_switches = 1;
    role.totals.read_bytes = role.totals.written_bytes = 1;
  }
  return tier;
}

/// Every tier alive, with five processes and more, a listener, a peer, and all that is judged.
Snapshot five_tiers() {
  Snapshot snapshot = rich_snapshot();
  snapshot.processes.clear();
  const ListenerSample listener = snapshot.listeners.back();
  snapshot.listeners.clear();
  snapshot.edges.clear();
  for (std::uint16_t i = 0; i < snapshot.tiers.size(); ++i) {
    snapshot.tiers[i] = living(snapshot.tiers[i]);
    for (int n = 0; n < 7; ++n) {
      ProcessSample& process = snapshot.processes.emplace_back();
      process.reading.member = Membership{i, 0};
      process.cpu_cores = 0.1 * n;
    }
    snapshot.listeners.push_back(listener);
    snapshot.listeners.back().reading.owner = SocketOwner{.tier = i};
    snapshot.listeners.back().reading.drops = 1;
    const auto next = static_cast<std::uint16_t>((i + 1) % snapshot.tiers.size());
    snapshot.edges.push_back({.from = SocketOwner{.tier = i}, .to = next, .connections = 3});
  }
  return snapshot;
}

TEST(MetricBudget, AHostWithFiveTiersHasAtMostThreeHundredSeries) {
  const Snapshot snapshot = five_tiers();
  ASSERT_THAT(snapshot.tiers, SizeIs(5));
  const OwnProcess own = read_own_process(ProcFs());
  const auto families = collect_families(metric_table(),
                                         {.snapshot = &snapshot,
                                          .own_process = &own,
                                          .service = &busy_service(),
                                          .scrape_began = nanoseconds{0}},
                                         {});
  std::size_t series = 0;
  std::string most;
  for (const CollectedFamily& one : families) {
    series += one.samples.size();
    most += "\n" + std::to_string(one.samples.size()) + " " + std::string(one.metric->name);
  }
  EXPECT_LE(series, kBudget) << most;
  EXPECT_GE(series, kBudget / 2) << "the host of this test has lost its tiers";
}

TEST(MetricBudget, TheHostIsLeftOutWhereSomebodyElseServesIt) {
  const auto all = names(collected(five_tiers(), {}));
  const auto without = names(collected(five_tiers(), {.host = false}));
  EXPECT_THAT(all, Contains("tierwatch_host_load1"));
  for (const std::string& name : without) EXPECT_THAT(name, Not(HasSubstr("tierwatch_host_")));
  EXPECT_THAT(without, Contains("tierwatch_bottleneck"));
}

TEST(MetricBudget, WithoutDetailValuesAreSummedOverRoles) {
  Snapshot snapshot = five_tiers();
  snapshot.tiers.resize(1);
  snapshot.tiers[0].roles[0].sums.open_fds = 2;
  snapshot.tiers[0].roles[1].sums.open_fds = 5;
  const auto folded = collected(snapshot, {});
  const CollectedFamily& open = family(folded, "tierwatch_tier_open_fds");
  EXPECT_THAT(open.labels, ElementsAre("tier"));
  ASSERT_THAT(open.samples, SizeIs(1));
  EXPECT_EQ(open.samples[0].value, 7);
  const auto detailed = collected(snapshot, {.detail = true});
  EXPECT_THAT(family(detailed, "tierwatch_tier_open_fds").labels, ElementsAre("tier", "role"));
  EXPECT_THAT(family(detailed, "tierwatch_tier_open_fds").samples, SizeIs(2));
}

TEST(MetricBudget, DetailOnlyAdds) {
  const auto few = names(collected(five_tiers(), {}));
  const auto many = names(collected(five_tiers(), {.detail = true}));
  EXPECT_TRUE(std::ranges::includes(many, few));
  EXPECT_GT(many.size(), few.size());
}

TEST(MetricBudget, OldNamesAreServedToWhoAsksForThem) {
  const auto now = names(collected(five_tiers(), {}));
  const auto before = names(collected(five_tiers(), {.old_names = true}));
  for (const char* name :
       {"tierwatch_snapshot_age_seconds", "tierwatch_verdict_age_seconds",
        "tierwatch_host_pressure_io_stalled_seconds_total", "tierwatch_host_swap_in_pages_total",
        "tierwatch_host_max_files", "tierwatch_tier_processes_by_state"}) {
    EXPECT_THAT(now, Not(Contains(name)));
    EXPECT_THAT(before, Contains(name));
  }
  EXPECT_TRUE(std::ranges::includes(before, now));
}

TEST(MetricBudget, StatesAddUpToTheProcesses) {
  const auto families = collected(rich_snapshot(), {.detail = true});
  std::map<std::vector<std::string>, double> of_states, processes;
  for (const MetricSample& one : family(families, "tierwatch_tier_state_processes").samples)
    of_states[{one.label_values[0], one.label_values[1]}] += one.value;
  for (const MetricSample& one : family(families, "tierwatch_tier_processes").samples)
    processes[one.label_values] = one.value;
  EXPECT_EQ(of_states, processes);
}

TEST(MetricBudget, TheFiveBusiestOfATierAreRanked) {
  const auto families = collected(five_tiers(), {});
  std::vector<std::pair<std::string, double>> first;
  for (const MetricSample& one : family(families, "tierwatch_tier_busiest_process_cores").samples)
    if (one.label_values[0] == "nginx") first.emplace_back(one.label_values[1], one.value);
  ASSERT_THAT(first, SizeIs(5));
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].first, std::to_string(i + 1));
    EXPECT_DOUBLE_EQ(first[i].second, 0.6 - 0.1 * static_cast<double>(i));
  }
}

TEST(MetricBudget, AChoiceThatChangesIsSeenInTheSameSample) {
  ServiceState state;
  PrometheusExporter exporter;
  const auto snapshot = std::make_shared<const Snapshot>(five_tiers());
  const ScrapeContext context{.service = &state};
  EXPECT_THAT(exporter.text(snapshot, context), HasSubstr("tierwatch_host_load1"));
  state.choose_metrics({.host = false});
  EXPECT_THAT(exporter.text(snapshot, context), Not(HasSubstr("tierwatch_host_load1")));
}

}  // namespace
}  // namespace tierwatch
