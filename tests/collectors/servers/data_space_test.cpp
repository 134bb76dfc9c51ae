// SPDX-License-Identifier: MIT
#include "collectors/servers/data_space.h"

#include <gmock/gmock.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "collectors/parse/foreign_file.h"
#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct statfs ext4() {
  struct statfs system {};
  system.f_bsize = system.f_frsize = 4096;
  system.f_blocks = 1000;
  system.f_bfree = 150;
  system.f_bavail = 100;
  system.f_files = 64;
  system.f_ffree = 10;
  return system;
}

TEST(SpaceOf, WhatOnlyRootMayUseIsNotLeftToOthers) {
  const auto space = space_of(ext4(), 1000);
  ASSERT_TRUE(space);
  EXPECT_EQ(space->left_bytes, 100u * 4096);
  EXPECT_EQ(space->size_bytes, 950u * 4096) << "as df has it: used and left";
  EXPECT_EQ(space->inodes, 64u);
  EXPECT_EQ(space->left_inodes, 10u);
  EXPECT_EQ(space_of(ext4(), 0)->left_bytes, 150u * 4096);
  EXPECT_EQ(space_of(ext4(), 0)->size_bytes, 1000u * 4096);
}

TEST(SpaceOf, FileSystemsThatMakeInodesAsNeededHaveNoLimitOfThem) {
  struct statfs btrfs = ext4();
  btrfs.f_files = btrfs.f_ffree = 0;
  EXPECT_FALSE(space_of(btrfs, 1000)->inodes);
}

TEST(SpaceOf, WhereNothingCanBeWrittenNothingIsFull) {
  struct statfs squashfs = ext4();
  squashfs.f_bfree = squashfs.f_bavail = 0;
  squashfs.f_flags |= ST_RDONLY;
  EXPECT_FALSE(space_of(squashfs, 1000));
}

TEST(SpaceOf, WhatHasNoSizeDoesNotTell) {
  struct statfs tmpfs = ext4();
  tmpfs.f_blocks = 0;
  EXPECT_FALSE(space_of(tmpfs, 1000));
}

/// Servers in a directory of the test's: how much room there is, the machine decides.
class DataSpaceTest : public ::testing::Test {
 protected:
  DataSpaceTest() {
    rules_.tiers = {{.name = "nginx", .preset = "nginx"}, {.name = "db", .preset = "postgres"}};
    rules_.tiers[0].roles = {{.name = "master"}};
    rules_.tiers[1].roles = {{.name = "postmaster"}, {.name = "backend"}};
  }

  void start(pid_t pid, std::uint16_t tier, std::uint16_t role, std::string title = "",
             pid_t parent = 1) {
    ProcessReading process;
    process.id = {.pid = pid, .started = seconds(pid)};
    process.parent_pid = parent;
    process.title = std::move(title);
    process.member = Membership{.tier = tier, .role = role};
    processes_.push_back(process);
    const std::string id = std::to_string(geteuid()), own = "proc/" + std::to_string(pid);
    proc_.write(own + "/status", "Uid:\t" + id + " " + id + " " + id + " " + id +
                                     "\nGid:\t7 7 7 7\nGroups:\t7 8 \n");
    proc_.make_directory(own + "/root/data/pg_wal");
    proc_.link(own + "/cwd", (proc_.root() / own / "root/data").string());
  }

  const std::vector<DataSpaceReading>& look(int second) {
    return space_.collect({.monotonic = seconds(second)}, rules_, processes_);
  }
  std::vector<std::string> places(const DataSpaceReading& of) const {
    std::vector<std::string> names;
    for (const DirectorySpace& one : of.places) names.push_back(one.directory);
    return names;
  }
  std::string data(pid_t pid) const {
    return (proc_.root() / "proc" / std::to_string(pid) / "root/data").string();
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  DataSpace space_{files_};
  TierRules rules_;
  std::vector<ProcessReading> processes_;
};

TEST_F(DataSpaceTest, TheFirstProcessOfAServerThatKeepsDataIsLookedAt) {
  start(10, 0, 0);
  start(20, 1, 0);
  start(21, 1, 1, "", 20);
  EXPECT_THAT(look(1), ElementsAre(DataSpaceReading{1, {20, seconds(20)}, {}}))
      << "asked, and not yet answered";
  EXPECT_TRUE(space_.wait(seconds(60)));
  const auto& found = look(2);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(places(found[0]), ElementsAre(data(20), data(20) + "/pg_wal"));
  EXPECT_GT(found[0].places[0].size_bytes, found[0].places[0].left_bytes);
}

TEST_F(DataSpaceTest, AZombieKeepsNothing) {
  start(20, 1, 0);
  processes_.back().state = 'Z';
  EXPECT_THAT(look(1), IsEmpty());
}

TEST_F(DataSpaceTest, TablespacesThatLieElsewhereAreItsOwn) {
  start(20, 1, 0);
  proc_.make_directory("proc/20/root/fast");
  proc_.make_directory("proc/20/root/data/pg_tblspc");
  proc_.link("proc/20/root/data/pg_tblspc/16385", "/fast");
  look(1);
  EXPECT_TRUE(space_.wait(seconds(60)));
  EXPECT_THAT(places(look(2).at(0)),
              ElementsAre(data(20), data(20) + "/pg_wal", data(20) + "/pg_tblspc/16385"));
}

TEST_F(DataSpaceTest, WhatIsNotAnsweredForLongIsNotKnown) {
  start(20, 1, 0);
  look(1);
  EXPECT_TRUE(space_.wait(seconds(60)));
  EXPECT_FALSE(look(2).at(0).places.empty());
  proc_.remove("proc/20");
  look(7);
  EXPECT_TRUE(space_.wait(seconds(60)));
  EXPECT_THAT(look(8).at(0).places, IsEmpty());
}

TEST_F(DataSpaceTest, AServerThatEndedTellsNoMore) {
  start(20, 1, 0);
  look(1);
  EXPECT_TRUE(space_.wait(seconds(60)));
  processes_.clear();
  EXPECT_THAT(look(2), IsEmpty());
}

}  // namespace
}  // namespace tierwatch
