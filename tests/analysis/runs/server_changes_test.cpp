// SPDX-License-Identifier: MIT
#include "analysis/runs/server_changes.h"

#include <gmock/gmock.h>

#include "analysis/compare/run_comparison.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr double kBeginSeconds = 1'760'000'000;

std::chrono::system_clock::time_point at(double second) {
  return std::chrono::system_clock::time_point(std::chrono::round<std::chrono::microseconds>(
      std::chrono::duration<double>(kBeginSeconds + second)));
}

const RunTime kMinute{at(0), at(60)};

/// What was seen in that second; values that are times are seconds of the run, too.
SettingAt seen(double second, const std::string& name, std::optional<double> value,
               const std::string& tier = "nginx") {
  const bool time = name == "started_seconds" || name.find("_changed_seconds ") != name.npos;
  if (value && time) *value += kBeginSeconds;
  return {.at = at(second), .tier = tier, .name = name, .value = value};
}

std::vector<std::string> told(const std::vector<RunEvent>& events) {
  std::vector<std::string> all;
  for (const RunEvent& event : events) all.push_back(event.kind + ": " + event.text);
  return all;
}

TEST(ServerChanges, AFileThatWasChangedIsAnEventAtItsOwnTime) {
  const std::vector<SettingAt> things = {seen(-5, "file_bytes /etc/nginx.conf", 400),
                                         seen(-5, "file_changed_seconds /etc/nginx.conf", -900),
                                         seen(30, "file_bytes /etc/nginx.conf", 410),
                                         seen(30, "file_changed_seconds /etc/nginx.conf", 17)};
  const auto events = find_server_changes(things, kMinute);
  EXPECT_THAT(told(events), ElementsAre("file: /etc/nginx.conf was changed"));
  EXPECT_EQ(events[0].at, at(17));
  EXPECT_EQ(events[0].tier, "nginx");
}

TEST(ServerChanges, AFileWithATimeOfLongAgoIsAnEventWhenItIsSeen) {
  const auto events = find_server_changes(std::vector{seen(1, "file_changed_seconds /a", -900),
                                                      seen(30, "file_changed_seconds /a", -5000)},
                                          kMinute);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].at, at(30));
}

TEST(ServerChanges, WhatIsSeenForTheFirstTimeIsNone) {
  EXPECT_THAT(find_server_changes(
                  std::vector{seen(3, "started_seconds", 2), seen(5, "file_changed_seconds /a", 4)},
                  kMinute),
              IsEmpty());
}

TEST(ServerChanges, WhatIsNotKnownForAWhileIsComparedWithWhatItWas) {
  const auto gone_and_back = [](double now) {
    return find_server_changes(
        std::vector{seen(1, "file_bytes /a", 7), seen(10, "file_bytes /a", {}),
                    seen(20, "file_bytes /a", now)},
        kMinute);
  };
  EXPECT_THAT(gone_and_back(7), IsEmpty());
  EXPECT_THAT(told(gone_and_back(8)), ElementsAre("file: /a was changed"));
}

TEST(ServerChanges, AServerThatWasStartedAnewIsAnEvent) {
  const auto events = find_server_changes(
      std::vector{seen(-5, "started_seconds", -86400), seen(20, "started_seconds", 19)}, kMinute);
  EXPECT_THAT(told(events), ElementsAre("restart: nginx was started anew"));
  EXPECT_EQ(events[0].at, at(19));
}

TEST(ServerChanges, AnOlderServerOfTheTierThatEndsIsNoRestart) {
  EXPECT_THAT(find_server_changes(std::vector{seen(-5, "started_seconds", -86400),
                                              seen(20, "started_seconds", -3600)},
                                  kMinute),
              IsEmpty());
  EXPECT_THAT(
      find_server_changes(
          std::vector{seen(1, "started_seconds", -1), seen(20, "started_seconds", 0)}, kMinute),
      IsEmpty())
      << "a clock that is set by a second starts nothing";
}

TEST(ServerChanges, AnotherProgramUnderTheSamePathIsAnEvent) {
  const auto events =
      find_server_changes(std::vector{seen(1, "program_inode /usr/sbin/nginx", 41),
                                      seen(1, "program_bytes /usr/sbin/nginx", 1000),
                                      seen(20, "program_bytes /usr/sbin/nginx", 1001),
                                      seen(20, "program_inode /usr/sbin/nginx", 42)},
                          kMinute);
  EXPECT_THAT(told(events), ElementsAre(HasSubstr("another program: /usr/sbin/nginx")));
}

TEST(ServerChanges, WhatChangedOutsideOfTheRunIsNoneOfIt) {
  EXPECT_THAT(
      find_server_changes(std::vector{seen(-50, "file_bytes /a", 1), seen(-10, "file_bytes /a", 2),
                                      seen(70, "file_bytes /a", 3)},
                          kMinute),
      IsEmpty());
}

RunFindings run_with(std::vector<RunSetting> settings) {
  RunFindings run;
  run.settings = std::move(settings);
  return run;
}

TEST(ServerChanges, BetweenRunsTheyAreToldOnceForEachPath) {
  const std::vector a = {run_with({{"nginx", "started_seconds", 1000},
                                   {"nginx", "file_changed_seconds /etc/nginx.conf", 1'760'000'000},
                                   {"nginx", "file_bytes /etc/nginx.conf", 400},
                                   {"uwsgi", "program_changed_seconds /usr/bin/uwsgi", 1},
                                   {"uwsgi", "started_seconds", 1000}})};
  const std::vector b = {run_with({{"nginx", "started_seconds", 5000},
                                   {"nginx", "file_changed_seconds /etc/nginx.conf", 1'760'000'900},
                                   {"nginx", "file_bytes /etc/nginx.conf", 410},
                                   {"uwsgi", "program_changed_seconds /opt/uwsgi", 1},
                                   {"uwsgi", "started_seconds", 1001}})};
  const auto words = server_differences(a, b);
  EXPECT_EQ(words.size(), 3u);
  EXPECT_THAT(words, Contains(HasSubstr("nginx: /etc/nginx.conf is another")));
  EXPECT_THAT(words, Contains("nginx: started anew between them"));
  EXPECT_THAT(words, Contains("uwsgi: its program /usr/bin/uwsgi → /opt/uwsgi"));
  EXPECT_THAT(server_differences(a, a), IsEmpty());
}

TEST(ServerChanges, ComparisonsTellThem) {
  const std::vector a = {run_with({{"nginx", "file_bytes /a", 1}})};
  const std::vector b = {run_with({{"nginx", "file_bytes /a", 2}})};
  EXPECT_THAT(compare_runs(a, b).differences, ElementsAre("nginx: /a is another"));
}

TEST(ServerChanges, OfASnapshotEachPathIsToldOnce) {
  Snapshot snapshot;
  snapshot.at.wall = at(100);
  snapshot.at.boot = 5000s;
  TierSample tier{.name = "nginx"};
  tier.oldest_start = 4000s;
  snapshot.tiers = {tier};
  const FileStamp conf{.path = "/etc/nginx.conf", .changed = at(7), .size_bytes = 9, .inode = 3};
  for (const pid_t pid : {7, 8})
    snapshot.stamps.push_back(
        {.tier = "nginx", .server = {.pid = pid}, .program = {}, .files = {conf}});
  const std::vector<RunSetting> things = server_things(snapshot);
  EXPECT_THAT(things, ElementsAre(RunSetting{"nginx", "started_seconds", kBeginSeconds - 900},
                                  RunSetting{"nginx", "file_changed_seconds /etc/nginx.conf",
                                             kBeginSeconds + 7},
                                  RunSetting{"nginx", "file_bytes /etc/nginx.conf", 9}));
  for (const RunSetting& thing : things) EXPECT_TRUE(is_server_thing(thing.name)) << thing.name;
}

}  // namespace
}  // namespace tierwatch
