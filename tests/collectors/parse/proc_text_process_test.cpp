// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_process.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using namespace std::string_literals;

constexpr std::string_view kStatus =
    "Name:\tnginx\nUmask:\t0000\nState:\tS (sleeping)\nTgid:\t812\nPid:\t812\nPPid:\t811\n"
    "Uid:\t0\t33\t0\t0\nGid:\t33\t33\t33\t33\nFDSize:\t64\nVmPeak:\t   57528 kB\nVmRSS:\t    5616 "
    "kB\n"
    "RssAnon:\t    1520 kB\nRssFile:\t    3968 kB\nRssShmem:\t     128 kB\nVmSwap:\t      64 kB\n"
    "Threads:\t1\nSigIgn:\t0000000040001000\nSigCgt:\t0000000198016a07\n"
    "Cpus_allowed_list:\t0-3,7\nvoluntary_ctxt_switches:\t1234\nnonvoluntary_ctxt_switches:\t56\n";

TEST(ParseStatus, ReadsWhatRulesAndDetailsNeed) {
  const auto status = parse_status(kStatus);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->uid, 33u);  // the effective one
  ASSERT_TRUE(status->memory);
  EXPECT_EQ(status->memory->resident_bytes, 5616u * 1024);
  EXPECT_EQ(status->memory->anonymous_bytes, 1520u * 1024);
  EXPECT_EQ(status->memory->file_bytes, 3968u * 1024);
  EXPECT_EQ(status->memory->shared_bytes, 128u * 1024);
  EXPECT_EQ(status->memory->swap_bytes, 64u * 1024);
  EXPECT_EQ(status->signals_ignored, 0x40001000u);
  EXPECT_EQ(status->signals_caught, 0x198016a07u);
  EXPECT_EQ(status->allowed_cpus, "0-3,7");
  EXPECT_EQ(status->voluntary_switches, 1234u);
  EXPECT_EQ(status->involuntary_switches, 56u);
}

TEST(ParseStatus, ProcessWithoutMemoryHasNone) {
  const auto status = parse_status("Name:\tkthreadd\nState:\tS (sleeping)\nUid:\t0\t0\t0\t0\n");
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->memory);
}

TEST(ParseStatus, NameThatLooksLikeAFieldIsNone) {
  const auto status = parse_status("Name:\tVmRSS: 7 kB\nState:\tR (running)\n");
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->memory);
}

TEST(ParseStatus, TextWithoutStateIsMalformed) {
  EXPECT_FALSE(parse_status(""));
  EXPECT_FALSE(parse_status("garbage\n\xff\xfe"));
}

TEST(ParseStatus, NoTruncationGivesAWrongNumber) {
  const auto whole = parse_status(kStatus);
  for (std::size_t length = 0; length < kStatus.size(); ++length) {
    const auto part = parse_status(kStatus.substr(0, length));
    if (!part || !part->memory) continue;
    EXPECT_EQ(part->memory->resident_bytes, whole->memory->resident_bytes) << length;
    EXPECT_EQ(part->memory->shared_bytes, whole->memory->shared_bytes) << length;
  }
}

TEST(ParseStatm, ReadsPages) {
  const auto pages = parse_statm("5834 1210 730 188 0 640 0\n");
  ASSERT_TRUE(pages);
  EXPECT_EQ(pages->resident, 1210u);
  EXPECT_EQ(pages->shared, 730u);
}

TEST(ParseStatm, AnythingElseIsAbsent) {
  for (const char* text : {"", "5834", "5834 1210", "5834 -1 730", "a b c", "5834 730 1210"})
    EXPECT_FALSE(parse_statm(text)) << text;
}

TEST(ParseSchedstat, ReadsThreeNumbers) {
  const auto times = parse_schedstat("123456789 2000000000 42\n");
  ASSERT_TRUE(times);
  EXPECT_EQ(times->run, nanoseconds(123456789));
  EXPECT_EQ(times->wait, std::chrono::seconds(2));
  EXPECT_EQ(times->slices, 42u);
}

TEST(ParseSchedstat, AnythingElseIsAbsent) {
  for (const auto text : {"", "1", "1 2", "1 x 3\n", "-1 2 3\n", "99999999999999999999 1 1\n"})
    EXPECT_FALSE(parse_schedstat(text)) << text;
}

TEST(ParseIo, TakesWhatReachedTheBlockLayer) {
  const auto io = parse_io(
      "rchar: 9\nwchar: 8\nsyscr: 1\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 512\n"
      "cancelled_write_bytes: 3\n");
  ASSERT_TRUE(io);
  EXPECT_EQ(io->read_bytes, 4096u);
  EXPECT_EQ(io->written_bytes, 512u);
}

TEST(ParseIo, HalfAFileIsAbsent) { EXPECT_FALSE(parse_io("rchar: 9\nread_bytes: 4096\n")); }

TEST(ParseLimits, TellsTheSoftLimit) {
  constexpr std::string_view kText =
      "Limit                     Soft Limit           Hard Limit           Units     \n"
      "Max processes             95968                95969                processes \n"
      "Max open files            1024                 1048576              files     \n";
  EXPECT_EQ(parse_limit(kText, kOpenFilesLimit), std::optional(1024u));
  EXPECT_EQ(parse_limit(kText, kProcessesLimit), std::optional(95968u));
}

TEST(ParseLimits, UnlimitedIsNoNumberAndNoFault) {
  const auto limit =
      parse_limit("Max open files            unlimited            unlimited            files\n",
                  kOpenFilesLimit);
  ASSERT_TRUE(limit);
  EXPECT_FALSE(limit->has_value());
}

TEST(ParseLimits, MissingLineIsMalformed) {
  EXPECT_FALSE(parse_limit("Max processes 1 1\n", kOpenFilesLimit));
}

TEST(ParseSmapsRollup, TakesPssAlone) {
  EXPECT_EQ(parse_smaps_rollup_pss(
                "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:  300 kB\n"
                "Pss_Anon:  100 kB\n"),
            300u * 1024);
  EXPECT_FALSE(parse_smaps_rollup_pss("Rss: 900 kB\n"));
}

TEST(ParseCmdline, NulsBecomeSpacesAndTheEndIsTrimmed) {
  EXPECT_EQ(parse_cmdline("uwsgi\0--ini\0app.ini\0"s), "uwsgi --ini app.ini");
  EXPECT_EQ(parse_cmdline("nginx: worker process\0\0\0\0"s), "nginx: worker process");
  EXPECT_EQ(parse_cmdline(""), "");
}

TEST(ParseCmdline, LongOnesAreCut) {
  EXPECT_EQ(parse_cmdline(std::string(100'000, 'x')).size(), kMaxTitleBytes);
}

TEST(ParseCgroup, PrefersTheUnifiedPathThenSystemdThenCpu) {
  EXPECT_EQ(parse_cgroup("0::/system.slice/uwsgi.service\n"), "/system.slice/uwsgi.service");
  EXPECT_EQ(parse_cgroup("5:cpu,cpuacct:/quota\n1:name=systemd:/system.slice/x.service\n0::/\n"),
            "/system.slice/x.service");
  EXPECT_EQ(parse_cgroup("9:name=systemd:/\n1:cpu:/quota\n0::/\n"), "/quota");
  EXPECT_EQ(parse_cgroup("0::/\n"), "/");
  EXPECT_EQ(parse_cgroup(""), "");
}

TEST(ParseCgroup, PathMayHoldColons) {
  EXPECT_EQ(parse_cgroup("0::/a:b/c.scope\n"), "/a:b/c.scope");
}

}  // namespace
}  // namespace tierwatch
