// SPDX-License-Identifier: MIT
#include "daemon/top/process_texts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "daemon/service/process_start.h"
#include "daemon/top/process_logs.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

constexpr nanoseconds kLong = std::chrono::minutes(1);
bool go_on() { return true; }

TEST(UnitOfCgroup, TheInnermostUnitThatTheCgroupIsMadeFor) {
  EXPECT_THAT(unit_of_cgroup("/system.slice/nginx.service"),
              Optional(JournalUnit{"nginx.service", false}));
  EXPECT_THAT(unit_of_cgroup("/system.slice/system-postgresql.slice/postgresql@15-main.service"),
              Optional(JournalUnit{"postgresql@15-main.service", false}));
  EXPECT_THAT(
      unit_of_cgroup("/user.slice/user-1000.slice/user@1000.service/app.slice/shop.service"),
      Optional(JournalUnit{"shop.service", true}));
  EXPECT_THAT(unit_of_cgroup("/user.slice/user-1000.slice/session-2.scope"),
              Optional(JournalUnit{"session-2.scope", false}));
  for (const char* none : {"", "/", "/docker/3fa9c1d2b3e4", "/system.slice"})
    EXPECT_EQ(unit_of_cgroup(none), std::nullopt) << none;
}

TEST(JournalCommand, NoNameIsAnOption) {
  const auto words = journal_command({"--rotate; reboot.service", false});
  EXPECT_THAT(words, testing::Contains("--unit=--rotate; reboot.service"));
  EXPECT_THAT(words, testing::Contains("--no-pager"));
}

TEST(OutputOf, BothOutputsAndNothingOfOurEnvironment) {
  setenv("TIERWATCH_TEST_LEAK", "leaked", 1);
  const std::string text =
      output_of({"/bin/sh", "-c", "echo out; echo err >&2; env; cat"}, kLong, go_on);
  EXPECT_THAT(text,
              testing::AllOf(HasSubstr("out\n"), HasSubstr("err\n"), Not(HasSubstr("leaked"))));
}

TEST(OutputOf, IsBoundedInSizeAndTime) {
  EXPECT_THAT(output_of({"/bin/sh", "-c", "while :; do echo yyyyyyyyyyyyyyyy; done"}, kLong, go_on),
              testing::AllOf(HasSubstr("and more"), testing::SizeIs(testing::Lt(300u << 10))));
  EXPECT_THAT(output_of({"/bin/sh", "-c", "echo begun; exec sleep 600"},
                        std::chrono::milliseconds(300), go_on),
              testing::AllOf(HasSubstr("begun"), HasSubstr("did not end in time")));
}

TEST(OutputOf, EndsWhenNobodyWantsIt) {
  EXPECT_EQ(output_of({"/bin/sh", "-c", "exec sleep 600"}, kLong, [] { return false; }), "");
}

TEST(OutputOf, WhatIsNotThereIsSaid) {
  EXPECT_THROW(output_of({"/no/such/program"}, kLong, go_on), std::runtime_error);
}

TEST(CgroupText, OfSeveralHierarchiesTheOneThatAUnitWasMadeFor) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "proc/812");
  std::ofstream(folder.path() / "proc/812/stat")
      << "812 (shop) S 1 812 812 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 500 1 1 1\n";
  std::ofstream(folder.path() / "proc/812/cgroup")
      << "4:cpu,cpuacct:/\n1:name=systemd:/system.slice/shop.service\n0::/\n";
  const ProcFs files(folder.path());
  EXPECT_EQ(cgroup_text(files, {.pid = 812, .started = std::chrono::seconds(5)}),
            "/system.slice/shop.service");
  EXPECT_EQ(cgroup_text(files, {.pid = 812, .started = std::chrono::seconds(6)}), "")
      << "another process by now";
}

TEST(EnvironmentText, ByNameMaskedAndPrintable) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "proc/812");
  std::ofstream(folder.path() / "proc/812/stat")
      << "812 (shop) S 1 812 812 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0 500 1 1 1\n";
  std::ofstream(folder.path() / "proc/812/environ")
      << std::string("Z=last\0DB_PASSWORD=hunter2\0A=\033[2Jb\nc\0", 37);
  const ProcFs files(folder.path());
  const std::string text = environment_text(files, {812, std::chrono::seconds(5)});
  EXPECT_EQ(text, "A=\\x1b[2Jb\\x0ac\nDB_PASSWORD=***\nZ=last\n");
  EXPECT_THROW(environment_text(files, {812, std::chrono::seconds(4)}), std::runtime_error)
      << "the pid is another's";
}

ProcessId own_process() {
  return {.pid = getpid(), .started = start_of(ProcFs(), getpid()).value()};
}

TEST(LogFilesText, TheNewestLinesOfWhatIsOpenToAppendTo) {
  const TemporaryFolder folder;
  const auto log = folder.path() / "error.log", access = folder.path() / "access.log",
             data = folder.path() / "data.bin";
  std::ofstream(log) << std::string(40'000, 'x') << "\nfirst\nhostile \033[2Jline\nlast\n";
  std::ofstream(access) << "GET /\n";
  std::ofstream(data) << "no log\n";
  const FileDescriptor a(open(access.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const FileDescriptor e(open(log.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const FileDescriptor d(open(data.c_str(), O_RDWR | O_CLOEXEC));
  const std::string text = log_files_text(ProcFs(), own_process());
  EXPECT_THAT(
      text, HasSubstr(log.string() + ", newest first\n  last\n  hostile \\x1b[2Jline\n  first\n\n"))
      << "and no half line before it";
  EXPECT_THAT(text, Not(HasSubstr("no log")));
  EXPECT_LT(text.find("error.log"), text.find("access.log"));
}

TEST(LogFilesText, WhatIsNoRegularFileIsNotOpened) {
  const TemporaryFolder folder;
  const auto fifo = folder.path() / "pipe.log";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const FileDescriptor writer(open(fifo.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  EXPECT_THAT(log_files_text(ProcFs(), own_process()),
              HasSubstr("pipe.log, newest first\n  cannot be read\n"));
}

TEST(LogFilesText, OfAnotherProcessOfThatPidNothing) {
  ProcessId other = own_process();
  other.started += std::chrono::seconds(1);
  EXPECT_EQ(log_files_text(ProcFs(), other), "");
}

}  // namespace
}  // namespace tierwatch
