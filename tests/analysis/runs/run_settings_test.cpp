// SPDX-License-Identifier: MIT
#include "analysis/runs/run_settings.h"

#include <gmock/gmock.h>

#include "analysis/compare/run_comparison.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A second of uWSGI with so many workers.
std::vector<RunSample> seconds_of_workers(const std::vector<std::optional<double>>& workers) {
  std::vector<RunSample> samples;
  for (const auto& count : workers) {
    RunSample& sample = samples.emplace_back();
    sample.at = std::chrono::system_clock::time_point(1'760'000'000s + samples.size() * 1s);
    sample.facts.host.processors = 2;
    TierFacts tier;
    tier.name = "uwsgi";
    tier.processes = 5;
    tier.workers = count;
    sample.facts.tiers = {tier};
  }
  return samples;
}

std::vector<std::string> texts(const std::vector<RunEvent>& events) {
  std::vector<std::string> all;
  for (const RunEvent& event : events) all.push_back(event.text);
  return all;
}

TEST(SettingChanges, AreEventsAtTheFirstSampleThatShowsThem) {
  const auto samples = seconds_of_workers({4, 4, 4, 8, 8, 8, 8});
  const auto events = find_setting_changes(samples);
  EXPECT_THAT(texts(events), ElementsAre("uwsgi: workers 4 → 8"));
  EXPECT_EQ(events[0].at, samples[3].at);
  EXPECT_EQ(events[0].kind, "setting");
  EXPECT_EQ(events[0].tier, "uwsgi");
}

TEST(SettingChanges, AWorkerThatIsStartedAgainIsNone) {
  EXPECT_THAT(find_setting_changes(seconds_of_workers({4, 4, 3, 3, 4, 4, 4, 3, 4})), IsEmpty());
}

TEST(SettingChanges, WhatIsNotKnownForAWhileIsNone) {
  EXPECT_THAT(find_setting_changes(seconds_of_workers({4, {}, {}, {}, {}, 4, 4, 4})), IsEmpty());
  EXPECT_THAT(texts(find_setting_changes(seconds_of_workers({4, {}, {}, {}, 6, 6, 6}))),
              ElementsAre("uwsgi: workers 4 → 6"));
}

TEST(SettingChanges, AServerThatStartsHasNoSettingYet) {
  EXPECT_THAT(find_setting_changes(seconds_of_workers({0, 0, 0, 0, 4, 4, 4})), IsEmpty());
}

TEST(SettingChanges, WhatIsReadOfFilesAMomentLaterWasSoBefore) {
  EXPECT_THAT(find_setting_changes(seconds_of_workers({2, 2, 50, 50, 50, 50, 50})), IsEmpty());
}

TEST(SettingChanges, ThreadsThatAServerStartsAsItLikesAreNoSetting) {
  auto samples = seconds_of_workers({16, 16, 16, 16, 15, 15, 15, 15});
  EXPECT_THAT(find_setting_changes(samples), SizeIs(1));
  for (RunSample& sample : samples) sample.facts.tiers[0].serving = RoleKind::kThreaded;
  EXPECT_THAT(find_setting_changes(samples), IsEmpty());
}

TEST(SettingChanges, AreBounded) {
  std::vector<std::optional<double>> workers;
  for (int i = 0; i < 3000; ++i) workers.push_back(i / 3);
  EXPECT_THAT(find_setting_changes(seconds_of_workers(workers)), SizeIs(200));
}

RunFindings with_workers(double workers) {
  RunFindings run;
  run.settings = {{"", "processors", 2},
                  {"uwsgi", "workers", workers},
                  {"uwsgi", "memory_limit_bytes", 256.0 * 1024 * 1024 * workers}};
  return run;
}

TEST(SettingDifferences, AreWhatAllRunsOfBHaveOtherwise) {
  const std::vector a{with_workers(1), with_workers(1)}, b{with_workers(2), with_workers(2)};
  EXPECT_THAT(setting_differences(a, b),
              ElementsAre("uwsgi: memory limit 256 MiB → 512 MiB", "uwsgi: workers 1 → 2"));
  EXPECT_THAT(setting_differences(a, std::vector{with_workers(2), with_workers(3)}), IsEmpty());
  EXPECT_THAT(setting_differences(a, a), IsEmpty());
  EXPECT_EQ(compare_runs(a, b).differences, setting_differences(a, b));
}

}  // namespace
}  // namespace tierwatch
