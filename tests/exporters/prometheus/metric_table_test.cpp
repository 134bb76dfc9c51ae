// SPDX-License-Identifier: MIT
#include "exporters/prometheus/metric_table.h"

#include <gmock/gmock.h>

#include <set>

#include "exporters/prometheus/metric_sources.h"
#include "tests/exporters/golden.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const Metric& metric(std::string_view name) {
  for (const Metric& row : metric_table()) {
    if (row.name == name) return row;
  }
  throw std::out_of_range(std::string(name));
}

const ServiceState& loaded_state() {
  static ServiceState state;
  const std::chrono::system_clock::time_point at(std::chrono::seconds(1'700'000'000));
  state.config_loaded(at);
  state.serve_certificate(at, true);
  state.keep_history(HistoryStanding{.bytes = 8192, .oldest = at});
  state.push(PushStanding{.sent = 3});
  state.read_processes_by({.source = "bpf", .reason = "permitted"});
  if (state.requests().empty()) state.web_events().answered("/metrics", 200);
  return state;
}

std::vector<MetricSample> collect(std::string_view name, const MetricInput& input) {
  std::vector<MetricSample> samples;
  metric(name).source.collect(input, samples);
  return samples;
}

std::vector<MetricSample> collect(std::string_view name, const Snapshot& snapshot) {
  return collect(name, {.snapshot = &snapshot, .now_monotonic = snapshot.at.monotonic});
}

std::optional<double> value(const std::vector<MetricSample>& samples,
                            const std::vector<std::string>& labels) {
  for (const MetricSample& sample : samples) {
    if (sample.label_values == labels) return sample.value;
  }
  return std::nullopt;
}

TEST(MetricTable, NamesAreUniqueAndCarryThePrefix) {
  std::set<std::string_view> names;
  for (const Metric& row : metric_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_THAT(std::string(row.name), AnyOf(StartsWith("tierwatch_"), StartsWith("process_")));
  }
}

TEST(MetricTable, CountersAndOnlyCountersEndInTotal) {
  for (const Metric& row : metric_table()) {
    EXPECT_EQ(row.kind == MetricKind::kCounter, row.name.ends_with("_total")) << row.name;
  }
}

TEST(MetricTable, NamesEndInTheirUnit) {
  for (const Metric& row : metric_table()) {
    if (row.unit.empty()) continue;
    std::string_view name = row.name;
    if (row.kind == MetricKind::kCounter) name.remove_suffix(std::string_view("_total").size());
    EXPECT_TRUE(name.ends_with("_" + std::string(row.unit))) << row.name;
  }
}

TEST(MetricTable, NoLabelTellsAPidStartTimeOrCommandLine) {
  for (const Metric& row : metric_table()) {
    EXPECT_THAT(row.source.labels,
                Each(AnyOf("tier", "role", "mode", "state", "preset", "file", "reason", "version",
                           "revision", "resource", "bound", "family", "address", "to", "peer",
                           "device", "helper", "instance_name", "spent", "network", "rank", "kind",
                           "code", "handler", "outcome", "source")))
        << row.name;
  }
}

TEST(MetricTable, HelpIsOneSentence) {
  for (const Metric& row : metric_table()) {
    EXPECT_TRUE(row.help.ends_with(".")) << row.name;
    EXPECT_EQ(row.help.find('|'), std::string_view::npos)
        << row.name << " would break the documentation's table";
  }
}

TEST(MetricTable, SamplesHaveOneValuePerLabelAndNoTwoAreAlike) {
  const OwnProcess own{.version = "1", .revision = "2"};
  for (unsigned seed = 0; seed < 50; ++seed) {
    const Snapshot snapshot = seed == 0 ? rich_snapshot() : random_snapshot(seed);
    for (const Metric& row : metric_table()) {
      std::vector<MetricSample> samples;
      row.source.collect({.snapshot = &snapshot,
                          .own_process = &own,
                          .service = &loaded_state(),
                          .scrape_began = nanoseconds{0}},
                         samples);
      std::set<std::vector<std::string>> seen;
      for (const MetricSample& sample : samples) {
        EXPECT_THAT(sample.label_values, SizeIs(row.source.labels.size())) << row.name;
        EXPECT_TRUE(seen.insert(sample.label_values).second) << row.name;
      }
    }
  }
}

/// Absent where the test runs without a network.
constexpr std::string_view kOfThisNetwork = "tierwatch_address_info";

TEST(MetricTable, EveryRowHasASampleInARichSnapshot) {
  Snapshot snapshot = rich_snapshot();
  snapshot.verdict.in_flight.push_back(
      {.tier = snapshot.facts.tiers.at(0).name,
       .spent = {{.on = Spent::kPeer, .peer = "10.0.0.9:5432", .requests = 1}}});
  const OwnProcess own = read_own_process(ProcFs());
  for (const Metric& row : metric_table()) {
    std::vector<MetricSample> samples;
    row.source.collect({.snapshot = &snapshot,
                        .own_process = &own,
                        .service = &loaded_state(),
                        .scrape_began = nanoseconds{0}},
                       samples);
    if (row.name == kOfThisNetwork) continue;
    EXPECT_THAT(samples, Not(IsEmpty())) << row.name;
  }
}

TEST(MetricTable, BeforeTheFirstTickOnlyTheDaemonItselfIsKnown) {
  const OwnProcess own = read_own_process(ProcFs());
  for (const Metric& row : metric_table()) {
    std::vector<MetricSample> samples;
    row.source.collect({.own_process = &own, .service = &loaded_state()}, samples);
    const bool about_us =
        row.name.starts_with("process_") || row.name == "tierwatch_build_info" ||
        row.name == "tierwatch_helper_faults_total" ||
        row.name == "tierwatch_process_source_info" || row.name.starts_with("tierwatch_config_") ||
        row.name.starts_with("tierwatch_history_") || row.name.starts_with("tierwatch_http_") ||
        row.name.starts_with("tierwatch_otlp_");
    if (row.name == kOfThisNetwork) continue;
    EXPECT_EQ(!samples.empty(), about_us) << row.name;
  }
}

TEST(MetricTable, AbsentValuesGiveNoSample) {
  const Snapshot snapshot{
      .tiers = {TierSample{.name = "a", .sums = {.processes = 1}, .roles = {{.name = "r"}}}}};
  for (const char* name :
       {"tierwatch_tier_resident_memory_bytes", "tierwatch_tier_open_fds",
        "tierwatch_tier_cpu_run_delay_seconds_total", "tierwatch_tier_hottest_process_cores",
        "tierwatch_host_cpu_seconds_total", "tierwatch_host_load1", "tierwatch_host_processors",
        "tierwatch_tier_oldest_process_start_time_seconds"}) {
    EXPECT_THAT(collect(name, snapshot), IsEmpty()) << name;
  }
}

TEST(MetricTable, StoppedTierKeepsItsCountersAndShowsNoProcesses) {
  const Snapshot snapshot = rich_snapshot();
  EXPECT_EQ(value(collect("tierwatch_tier_processes", snapshot), {"redis", "main"}), 0);
  EXPECT_EQ(value(collect("tierwatch_tier_cpu_seconds_total", snapshot), {"redis", "main", "user"}),
            17 * 1.25);
}

TEST(MetricTable, ConfiguredTierNeverSeenShowsZeros) {
  const Snapshot snapshot = rich_snapshot();
  EXPECT_EQ(value(collect("tierwatch_tier_processes", snapshot), {"mysql", "server"}), 0);
  EXPECT_EQ(
      value(collect("tierwatch_tier_cpu_seconds_total", snapshot), {"mysql", "server", "user"}), 0);
}

TEST(MetricTable, TimesAreSecondsAndAgeIsTakenAtTheScrape) {
  const Snapshot snapshot{.at = {.monotonic = std::chrono::seconds(100)}};
  const auto age =
      collect("tierwatch_snapshot_age_seconds",
              {.snapshot = &snapshot, .now_monotonic = std::chrono::milliseconds(100'250)});
  EXPECT_EQ(value(age, {}), 0.25);
}

TEST(MetricTable, TheSampleAndTheVerdictTellWhenTheyBegan) {
  const Snapshot snapshot = rich_snapshot();
  EXPECT_EQ(value(collect("tierwatch_snapshot_timestamp_seconds", snapshot), {}), 1'700'000'000);
  EXPECT_EQ(value(collect("tierwatch_verdict_start_timestamp_seconds", snapshot), {}),
            1'700'000'000 - 112);
}

TEST(MetricTable, PressureIsByResourceAndKindAndOfTheProcessorOnlyWaiting) {
  const auto samples = collect("tierwatch_host_pressure_seconds_total", rich_snapshot());
  EXPECT_EQ(value(samples, {"memory", "stalled"}), 0.01);
  EXPECT_EQ(value(samples, {"cpu", "waiting"}), 12.5);
  EXPECT_THAT(samples, SizeIs(5));
}

TEST(MetricTable, OldestStartIsATimeOfDay) {
  const Snapshot snapshot = rich_snapshot();  // booted 5100 s before, nginx 59 s later
  EXPECT_EQ(value(collect("tierwatch_tier_oldest_process_start_time_seconds", snapshot), {"nginx"}),
            1'700'000'000 - 5100 + 59);
}

TEST(MetricTable, FaultsAreToldByFileAndReason) {
  EXPECT_EQ(value(collect("tierwatch_read_faults_total", rich_snapshot()), {"io", "denied"}), 31);
}

TEST(MetricTable, CpuModesOfTheHostIncludeStealAndNotGuestsTwice) {
  const auto samples = collect("tierwatch_host_cpu_seconds_total", rich_snapshot());
  EXPECT_EQ(value(samples, {"steal"}), 2.5);
  EXPECT_EQ(value(samples, {"guest"}), std::nullopt);
}

TEST(MetricTable, DocumentationIsGeneratedFromTheTable) {
  EXPECT_EQ(golden("docs/metrics.md", metrics_markdown()), metrics_markdown())
      << "run this test with TIERWATCH_UPDATE_GOLDENS=1 to write docs/metrics.md";
}

TEST(OwnProcess, IsReadFromProcSelf) {
  const OwnProcess own = read_own_process(ProcFs());
  ASSERT_TRUE(own.cpu && own.started_seconds && own.resident_bytes && own.virtual_bytes &&
              own.open_fds);
  EXPECT_GT(*own.cpu, nanoseconds{0});
  EXPECT_GE(*own.virtual_bytes, *own.resident_bytes);
  EXPECT_GT(*own.resident_bytes, 1u << 20);
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(*own.started_seconds, now, 600);
}

}  // namespace
}  // namespace tierwatch
