// SPDX-License-Identifier: MIT
#include "collectors/parse/foreign_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr const char* kRoot = "proc/7/root";

class ForeignFilesTest : public ::testing::Test {
 protected:
  ForeignFilesTest() {
    proc_.make_directory(kRoot);
    run_as(geteuid(), 5);
  }

  void run_as(uid_t uid, gid_t group) {
    const std::string user = std::to_string(uid), id = std::to_string(group);
    proc_.write("proc/7/status", "Name:\tx\nUid:\t1 1 1 " + user + "\nGid:\t1 1 1 " + id +
                                     "\nGroups:\t" + id + " \n");
  }

  std::filesystem::path at(const std::string& path) { return proc_.root() / (kRoot + path); }
  void write(const std::string& path, std::string_view text) { proc_.write(kRoot + path, text); }

  /// What a fresh object gives out.
  std::optional<std::string> read(const std::string& path) {
    ForeignFiles files(files_, 7);
    auto text = files.read(path);
    refused_ = files.refused();
    return text;
  }

  /// Nothing, and it is said that something may be there.
  bool is_refused(const std::string& path) { return !read(path) && refused_; }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  bool refused_ = false;
};

TEST_F(ForeignFilesTest, AFileIsReadAsTheProcessSeesIt) {
  write("/etc/a.conf", "text");
  EXPECT_THAT(read("/etc/a.conf"), Optional(std::string("text")));
  EXPECT_THAT(read("/etc//./x/../a.conf"), std::nullopt) << "/etc/x is absent";
  EXPECT_THAT(read("/etc/../../etc/a.conf"), Optional(std::string("text")));
  EXPECT_FALSE(refused_);
}

TEST_F(ForeignFilesTest, WhatWasGivenOutIsListedWithoutItsText) {
  write("/etc/a.conf", "text");
  ForeignFiles files(files_, 7);
  EXPECT_TRUE(files.read("/etc/a.conf"));
  EXPECT_TRUE(files.read("/etc/a.conf"));
  EXPECT_FALSE(files.read("/etc/b.conf"));
  ASSERT_EQ(files.given_out().size(), 1u);
  EXPECT_EQ(files.given_out()[0].path, "/etc/a.conf");
  EXPECT_EQ(files.given_out()[0].size_bytes, 4u);
  EXPECT_EQ(files.stamp("/etc/a.conf"), files.given_out()[0]);
  EXPECT_FALSE(files.stamp("/etc"));
}

TEST_F(ForeignFilesTest, AFileThatIsAbsentIsNotRefused) {
  EXPECT_EQ(read("/etc/a.conf"), std::nullopt);
  EXPECT_FALSE(refused_);
}

TEST_F(ForeignFilesTest, LinksStayWithinItsRoot) {
  write("/srv/a.conf", "inside");
  proc_.write("srv/a.conf", "outside");
  proc_.link("proc/7/root/etc/absolute", "/srv/a.conf");
  proc_.link("proc/7/root/etc/climbing", "../../../../../srv/a.conf");
  proc_.link("proc/7/root/etc/folder", "/srv");
  for (const char* path : {"/etc/absolute", "/etc/climbing", "/etc/folder/a.conf"})
    EXPECT_THAT(read(path), Optional(std::string("inside"))) << path;
}

TEST_F(ForeignFilesTest, LinksThatGoInCirclesEnd) {
  proc_.link("proc/7/root/a", "b");
  proc_.link("proc/7/root/b", "a");
  EXPECT_TRUE(is_refused("/a"));
}

TEST_F(ForeignFilesTest, OnlyRegularFilesAreOpened) {
  ASSERT_EQ(mkfifo(at("/fifo").c_str(), 0600), 0);
  proc_.make_directory(kRoot + std::string("/folder"));
  proc_.link("proc/7/root/link", "fifo");
  for (const char* path : {"/fifo", "/folder", "/link", "/"}) EXPECT_TRUE(is_refused(path)) << path;
}

TEST_F(ForeignFilesTest, DevicesAndTextsOfTheKernelAreNotOpened) {
  ForeignFiles own(ProcFs(), getpid());
  for (const char* path : {"/dev/zero", "/dev/null", "/proc/self/status", "/proc/version"})
    EXPECT_EQ(own.read(path), std::nullopt) << path;
  EXPECT_TRUE(own.refused());
}

TEST_F(ForeignFilesTest, AFileOfMoreThanOneMebibyteIsNotRead) {
  write("/big", std::string(ForeignFiles::kMostBytes, 'x'));
  EXPECT_TRUE(read("/big"));
  write("/big", std::string(ForeignFiles::kMostBytes + 1, 'x'));
  EXPECT_TRUE(is_refused("/big"));
}

TEST_F(ForeignFilesTest, AllFilesTogetherHaveABudget) {
  write("/big", std::string(ForeignFiles::kMostBytes, 'x'));
  write("/small", "x");
  ForeignFiles bytes(files_, 7), count(files_, 7);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(bytes.read("/big"));
  EXPECT_FALSE(bytes.read("/small"));
  EXPECT_TRUE(bytes.refused());
  for (std::size_t i = 0; i < ForeignFiles::kMostFiles; ++i) EXPECT_TRUE(count.read("/small"));
  EXPECT_FALSE(count.read("/small"));
  EXPECT_TRUE(count.refused());
}

TEST_F(ForeignFilesTest, AFileOfAnotherUserIsNotRead) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give a file away";
  write("/a", "text");
  run_as(1000, 1000);
  EXPECT_TRUE(read("/a")) << "root's, and everyone may read it";
  ASSERT_EQ(chown(at("/a").c_str(), 1000, 1000), 0);
  EXPECT_TRUE(read("/a"));
  ASSERT_EQ(chown(at("/a").c_str(), 1001, 1001), 0);
  EXPECT_TRUE(is_refused("/a"));
}

TEST_F(ForeignFilesTest, WhatItsUserMayNotReadIsNotRead) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to read all";
  write("/secret/a", "text");
  run_as(1000, 1000);
  EXPECT_TRUE(read("/secret/a"));
  ASSERT_EQ(chmod(at("/secret/a").c_str(), 0640), 0);
  EXPECT_TRUE(is_refused("/secret/a"));
  ASSERT_EQ(chown(at("/secret/a").c_str(), 0, 1000), 0);
  EXPECT_TRUE(read("/secret/a")) << "its group may";
  ASSERT_EQ(chmod(at("/secret").c_str(), 0700), 0);
  EXPECT_TRUE(is_refused("/secret/a"));
  run_as(0, 0);
  EXPECT_TRUE(read("/secret/a"));
}

TEST_F(ForeignFilesTest, OfAProcessWhoseUserIsNotKnownNothingIsRead) {
  write("/a", "text");
  proc_.write("proc/7/status", "Name:\tx\n");
  EXPECT_TRUE(is_refused("/a"));
}

TEST_F(ForeignFilesTest, ARelativePathBeginsWhereTheProcessStands) {
  proc_.write("proc/7/cwd/conf/a", "text");
  EXPECT_THAT(read("conf/a"), Optional(std::string("text")));
  EXPECT_TRUE(is_refused("../cwd/conf/a"));
}

TEST_F(ForeignFilesTest, WhereItsRootIsClosedOursServesForTheSameMountsOnly) {
  if (geteuid() == 0) GTEST_SKIP() << "root may enter every root";
  proc_.write("etc/a", "ours");
  const std::string mount = "22 1 8:1 / / rw - ext4 a rw\n";
  proc_.write("proc/self/mountinfo", mount);
  proc_.write("proc/7/mountinfo", mount);
  ASSERT_EQ(chmod((proc_.root() / "proc/7").c_str(), 0700), 0);
  std::filesystem::remove(proc_.root() / "proc/7/root");
  proc_.write("closed/root/etc/a", "theirs");
  proc_.link("proc/7/root", proc_.root() / "closed/root");
  ASSERT_EQ(chmod((proc_.root() / "closed").c_str(), 0), 0);
  EXPECT_THAT(read("/etc/a"), Optional(std::string("ours")));
  proc_.write("proc/7/mountinfo", "90 22 0:50 / / rw - overlay a rw\n");
  EXPECT_TRUE(is_refused("/etc/a"));
  proc_.write("proc/7/mountinfo", mount + "23 22 8:9 / /etc/a rw - ext4 a rw\n");
  EXPECT_TRUE(is_refused("/etc/a")) << "one file may be a mount";
  ASSERT_EQ(chmod((proc_.root() / "closed").c_str(), 0700), 0);
}

TEST_F(ForeignFilesTest, ADirectoryIsListedSortedWithoutHiddenNames) {
  write("/d/b", "");
  write("/d/a", "");
  write("/d/.c", "");
  ForeignFiles files(files_, 7);
  EXPECT_THAT(files.list("/d/"), Optional(ElementsAre("a", "b")));
  EXPECT_EQ(files.list("/d/a"), std::nullopt);
  EXPECT_TRUE(files.refused());
}

TEST_F(ForeignFilesTest, AVariableOfTheEnvironmentIsFound) {
  using namespace std::string_view_literals;
  proc_.write("proc/7/environ", "PGDATA_OLD=/a\0PGDATA=/b c\0EMPTY=\0"sv);
  ForeignFiles files(files_, 7);
  EXPECT_THAT(files.environment("PGDATA"), Optional(std::string("/b c")));
  EXPECT_THAT(files.environment("EMPTY"), Optional(std::string()));
  EXPECT_EQ(files.environment("PG"), std::nullopt);
}

TEST(FileUser, IsTheOneByWhichFilesAreOpened) {
  EXPECT_EQ(parse_file_user("Uid:\t1 2 3 4\nGid:\t5 6 7 8\nGroups:\t9 10 \n"),
            (FileUser{.uid = 4, .groups = {8, 9, 10}}));
  EXPECT_EQ(parse_file_user("Uid:\t1 2 3 4\n"), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
