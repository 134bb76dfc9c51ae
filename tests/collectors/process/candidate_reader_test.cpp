// SPDX-License-Identifier: MIT
#include "collectors/process/candidate_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

ProcessStat stat_of(pid_t pid) {
  return {.id = {.pid = pid}, .parent_pid = 1, .comm = "uwsgi", .uid = 4'000'000'000u};
}

TEST(CandidateReader, GathersWhatRulesLookAt) {
  const FakeProc fake;
  fake.write("proc/42/cmdline", std::string_view("/usr/bin/uwsgi\0--master\0", 24));
  fake.write("proc/42/cgroup", "0::/system.slice/uwsgi.service\n");
  fake.write("proc/42/status",
             "Name:\tuwsgi\nState:\tS (sleeping)\nUid:\t33\t4000000000\t33\t33\n"
             "SigIgn:\t0000000001001000\nSigCgt:\t0000000000084687\n");
  fake.link("proc/42/exe", "/usr/bin/uwsgi-core (deleted)");
  const ProcFs files(fake.root());
  const CandidateFacts facts = CandidateReader(files).read(stat_of(42));
  EXPECT_EQ(facts.title, "/usr/bin/uwsgi --master");
  EXPECT_EQ(facts.exe, "/usr/bin/uwsgi-core");
  EXPECT_EQ(facts.cgroup, "/system.slice/uwsgi.service");
  EXPECT_EQ(facts.signals_ignored, 0x1001000u);
  EXPECT_EQ(facts.signals_caught, 0x84687u);
  EXPECT_EQ(facts.user, "4000000000") << "a uid without a name is shown as number";
  const Candidate view = facts.view();
  EXPECT_EQ(view.comm, "uwsgi");
  EXPECT_EQ(view.parent_pid, 1);
  EXPECT_EQ(view.uid, 4'000'000'000u);
}

TEST(CandidateReader, AnUnreadableExeIsGuessedFromAnAbsoluteFirstWord) {
  const FakeProc fake;
  const ProcFs files(fake.root());
  CandidateReader reader(files);
  fake.write("proc/1/cmdline", std::string_view("/usr/sbin/nginx\0-g\0", 19));
  fake.write("proc/2/cmdline", std::string_view("nginx\0-g\0", 9));
  EXPECT_EQ(reader.read(stat_of(1)).exe, "/usr/sbin/nginx");
  EXPECT_EQ(reader.read(stat_of(2)).exe, "");
}

TEST(CandidateReader, TheEffectiveUserIsThatOfStatusElseOfTheTable) {
  const FakeProc fake;
  fake.write("proc/42/status", "State:\tS (sleeping)\nUid:\t0\t3999999999\t0\t0\n");
  const ProcFs files(fake.root());
  CandidateReader reader(files);
  EXPECT_EQ(reader.read(stat_of(42)).uid, 3'999'999'999u);
  EXPECT_EQ(reader.read(stat_of(43)).uid, 4'000'000'000u);
}

TEST(CandidateReader, OnlyAnotherCgroupIsNews) {
  const FakeProc fake;
  fake.write("proc/42/cgroup", "0::/a\n");
  const ProcFs files(fake.root());
  CandidateReader reader(files);
  CandidateFacts facts = reader.read(stat_of(42));
  EXPECT_FALSE(reader.reread_cgroup(facts));
  fake.write("proc/42/cgroup", "0::/b\n");
  EXPECT_TRUE(reader.reread_cgroup(facts));
  EXPECT_EQ(facts.cgroup, "/b");
  fake.remove("proc/42");
  EXPECT_FALSE(reader.reread_cgroup(facts));
  EXPECT_EQ(facts.cgroup, "/b");
}

TEST(CandidateReader, AProcessThatEndedKeepsWhatItsStatTold) {
  const FakeProc fake;
  const ProcFs files(fake.root());
  const CandidateFacts facts = CandidateReader(files).read(stat_of(42));
  EXPECT_EQ(facts.comm, "uwsgi");
  EXPECT_EQ(facts.title + facts.exe + facts.cgroup, "");
}

TEST(CandidateReader, KernelThreadsAreNotRead) {
  const FakeProc fake;
  fake.write("proc/2/cmdline", "lies");
  const ProcFs files(fake.root());
  ProcessStat stat = stat_of(2);
  stat.kernel_thread = true;
  EXPECT_EQ(CandidateReader(files).read(stat).title, "");
}

TEST(ReadCandidates, FindsThisVeryProcess) {
  const ProcFs files;
  const auto table = make_process_table();
  const auto facts = read_candidates(files, *table);
  const auto self = std::find_if(facts.begin(), facts.end(),
                                 [](const CandidateFacts& one) { return one.id.pid == getpid(); });
  ASSERT_NE(self, facts.end());
  EXPECT_EQ(self->parent_pid, getppid());
  EXPECT_THAT(self->exe, ::testing::EndsWith("/collectors_test"));
  EXPECT_THAT(self->title, ::testing::HasSubstr("collectors_test"));
  EXPECT_TRUE(std::is_sorted(facts.begin(), facts.end(),
                             [](const auto& a, const auto& b) { return a.id < b.id; }));
  EXPECT_EQ(views(facts).size(), facts.size());
}

}  // namespace
}  // namespace tierwatch
