// SPDX-License-Identifier: MIT
#include "exporters/prometheus/prometheus_exporter.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "exporters/prometheus/metric_table.h"
#include "tests/exporters/golden.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kGolden = "tests/golden/metrics.prom";

std::string rich_text() {
  const auto snapshot = std::make_shared<const Snapshot>(rich_snapshot());
  return PrometheusExporter().text(snapshot, {.now_monotonic = snapshot->at.monotonic,
                                              .choice = {.detail = true, .old_names = true},
                                              .self_metrics = false});
}

TEST(PrometheusText, RichSnapshotIsAsInTheGolden) {
  EXPECT_EQ(golden(kGolden, rich_text()), rich_text());
}

TEST(PrometheusText, PromtoolFindsNothingToComplainAbout) {
  if (std::system("command -v promtool > /dev/null") != 0)
    GTEST_SKIP() << "promtool is not installed";
  FILE* promtool = popen("promtool check metrics 2>&1", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text =
      PrometheusExporter().text(std::make_shared<const Snapshot>(rich_snapshot()), {});
  EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
  const int status = pclose(promtool);
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
}

TEST(PrometheusText, WithoutASnapshotOnlyTheDaemonIsShown) {
  const std::string text = PrometheusExporter().text(nullptr, {});
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes "));
  EXPECT_THAT(text, HasSubstr("\ntierwatch_build_info{version=\""));
  EXPECT_THAT(text, Not(HasSubstr("tierwatch_tier_")));
}

TEST(PrometheusText, WithoutAnythingToShowIsEmpty) {
  EXPECT_THAT(PrometheusExporter().text(nullptr, {.self_metrics = false}), IsEmpty());
}

TEST(PrometheusText, QuotesInTierNamesAreEscaped) {
  EXPECT_THAT(rich_text(),
              HasSubstr(R"(tierwatch_tier_processes{tier="shop \"eu\"",role="worker"} 3)"));
}

TEST(PrometheusText, VanishedRoleLeavesNoSeries) {
  Snapshot snapshot = rich_snapshot();
  snapshot.tiers[0].roles.erase(snapshot.tiers[0].roles.begin());
  const std::string text = PrometheusExporter().text(
      std::make_shared<const Snapshot>(std::move(snapshot)), {.self_metrics = false});
  EXPECT_THAT(text, HasSubstr("tier=\"nginx\",role=\"worker\""));
  EXPECT_THAT(text, Not(HasSubstr("tier=\"nginx\",role=\"master\"")));
}

TEST(PrometheusText, FamilyWithoutSamplesIsLeftOut) {
  const std::string text =
      PrometheusExporter().text(std::make_shared<const Snapshot>(), {.self_metrics = false});
  EXPECT_THAT(text, Not(HasSubstr("tierwatch_host_load1")));
  EXPECT_THAT(text, HasSubstr("tierwatch_samples_total 0"));
}

std::string line_of(const std::string& text, const std::string& name) {
  const std::size_t begin = text.find("\n" + name + " ");
  return begin == std::string::npos
             ? ""
             : text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
}

TEST(PrometheusText, EveryScrapeShowsTheAgeAtItsOwnTimeAndTheSnapshotItWasGiven) {
  PrometheusExporter exporter;
  const auto scrape = [&](const SnapshotPtr& snapshot, nanoseconds after) {
    return exporter.text(
        snapshot, {.now_monotonic = snapshot->at.monotonic + after, .choice = {.old_names = true}});
  };
  auto older = std::make_shared<Snapshot>(rich_snapshot());
  auto newer = std::make_shared<Snapshot>(rich_snapshot());
  older->self.ticks = 7;
  newer->self.ticks = 8;
  using std::chrono::milliseconds;
  for (const auto& [snapshot, after, age] :
       {std::tuple{older, 500, "0.5"}, {older, 750, "0.75"}, {newer, 250, "0.25"}}) {
    const std::string text = scrape(snapshot, milliseconds(after));
    EXPECT_EQ(line_of(text, "tierwatch_snapshot_age_seconds"),
              std::string("tierwatch_snapshot_age_seconds ") + age);
    EXPECT_EQ(line_of(text, "tierwatch_samples_total"),
              "tierwatch_samples_total " + std::to_string(snapshot->self.ticks));
  }
}

TEST(PrometheusText, SnapshotIsNotKeptAliveForItsText) {
  PrometheusExporter exporter;
  auto snapshot = std::make_shared<const Snapshot>(rich_snapshot());
  const std::weak_ptr<const Snapshot> watched = snapshot;
  exporter.text(snapshot, {});
  snapshot.reset();
  EXPECT_TRUE(watched.expired());
}

/// What is written once per snapshot must be the snapshot's alone.
TEST(PrometheusText, OnlyRowsOfTheScrapeLookAtTheTimeOrTheDaemonItself) {
  const Snapshot snapshot = rich_snapshot();
  const OwnProcess own = read_own_process(ProcFs());
  ServiceState state;
  state.config_loaded(std::chrono::system_clock::now());
  state.serve_certificate(std::chrono::system_clock::now(), true);
  state.keep_history(HistoryStanding{.oldest = std::chrono::system_clock::now()});
  state.push(PushStanding{});
  state.read_processes_by({.source = "proc", .reason = "configured"});
  state.web_events().answered("/metrics", 200);
  for (const Metric& metric : metric_table()) {
    std::vector<MetricSample> without, with;
    metric.source.collect({.snapshot = &snapshot}, without);
    metric.source.collect({.snapshot = &snapshot,
                           .now_monotonic = snapshot.at.monotonic + std::chrono::seconds(5),
                           .own_process = &own,
                           .service = &state,
                           .scrape_began = nanoseconds{0}},
                          with);
    const bool same = std::ranges::equal(without, with, [](const auto& a, const auto& b) {
      return a.label_values == b.label_values && a.value == b.value;
    });
    EXPECT_EQ(!same, metric.source.at_scrape) << metric.name;
  }
}

TEST(PrometheusText, NeverShowsTitlesOrPids) {
  EXPECT_THAT(rich_text(), Not(HasSubstr("worker process")));
  EXPECT_THAT(rich_text(), Not(HasSubstr("pid=")));
}

}  // namespace
}  // namespace tierwatch
