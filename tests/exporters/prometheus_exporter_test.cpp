// SPDX-License-Identifier: MIT
#include "exporters/prometheus_exporter.h"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>

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
  return prometheus_text(snapshot,
                         {.now_monotonic = snapshot->at.monotonic, .self_metrics = false});
}

TEST(PrometheusText, RichSnapshotIsAsInTheGolden) {
  EXPECT_EQ(golden(kGolden, rich_text()), rich_text());
}

TEST(PrometheusText, PromtoolFindsNothingToComplainAbout) {
  if (std::system("command -v promtool > /dev/null") != 0)
    GTEST_SKIP() << "promtool is not installed";
  FILE* promtool = popen("promtool check metrics 2>&1", "w");
  ASSERT_NE(promtool, nullptr);
  const std::string text = prometheus_text(std::make_shared<const Snapshot>(rich_snapshot()), {});
  EXPECT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
  const int status = pclose(promtool);
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
}

TEST(PrometheusText, WithoutASnapshotOnlyTheDaemonIsShown) {
  const std::string text = prometheus_text(nullptr, {});
  EXPECT_THAT(text, HasSubstr("\nprocess_resident_memory_bytes "));
  EXPECT_THAT(text, HasSubstr("\ntierwatch_build_info{version=\""));
  EXPECT_THAT(text, Not(HasSubstr("tierwatch_tier_")));
}

TEST(PrometheusText, WithoutAnythingToShowIsEmpty) {
  EXPECT_THAT(prometheus_text(nullptr, {.self_metrics = false}), IsEmpty());
}

TEST(PrometheusText, QuotesInTierNamesAreEscaped) {
  EXPECT_THAT(rich_text(),
              HasSubstr(R"(tierwatch_tier_processes{tier="shop \"eu\"",role="worker"} 3)"));
}

TEST(PrometheusText, VanishedRoleLeavesNoSeries) {
  Snapshot snapshot = rich_snapshot();
  snapshot.tiers[0].roles.erase(snapshot.tiers[0].roles.begin());
  const std::string text = prometheus_text(std::make_shared<const Snapshot>(std::move(snapshot)),
                                           {.self_metrics = false});
  EXPECT_THAT(text, HasSubstr("tier=\"nginx\",role=\"worker\""));
  EXPECT_THAT(text, Not(HasSubstr("tier=\"nginx\",role=\"master\"")));
}

TEST(PrometheusText, FamilyWithoutSamplesIsLeftOut) {
  const std::string text =
      prometheus_text(std::make_shared<const Snapshot>(), {.self_metrics = false});
  EXPECT_THAT(text, Not(HasSubstr("tierwatch_host_load1")));
  EXPECT_THAT(text, HasSubstr("tierwatch_samples_total 0"));
}

TEST(PrometheusText, NeverShowsTitlesOrPids) {
  EXPECT_THAT(rich_text(), Not(HasSubstr("worker process")));
  EXPECT_THAT(rich_text(), Not(HasSubstr("pid=")));
}

}  // namespace
}  // namespace tierwatch
