// SPDX-License-Identifier: MIT
#include "collectors/requests/log_follower.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class LogFollowerTest : public testing::Test {
 protected:
  LogFollowerTest() {
    char name[] = "/tmp/tierwatch-log-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ / "access.log";
    write("before\n");
  }
  ~LogFollowerTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text, const char* name = "access.log") {
    std::ofstream(folder_ / name, std::ios::app) << text;
  }
  std::vector<std::string> follow(nanoseconds now = 1s) {
    std::vector<std::string> lines;
    follower_.follow(now, [&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  }

  std::filesystem::path folder_, path_;
  LogFollower follower_{
      [this] { return FileDescriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)); }};
};

TEST_F(LogFollowerTest, TellsWhatIsAddedInWholeLines) {
  ASSERT_TRUE(follower_.begin());
  EXPECT_THAT(follow(), IsEmpty());
  write("a\nb\nha");
  EXPECT_THAT(follow(), ElementsAre("a", "b"));
  write("lf\n\n");
  EXPECT_THAT(follow(), ElementsAre("half", ""));
}

TEST_F(LogFollowerTest, BeginsBehindALineThatIsHalfWritten) {
  write("hal");
  ASSERT_TRUE(follower_.begin());
  write("f\nwhole\n");
  EXPECT_THAT(follow(), ElementsAre("whole"));
}

TEST_F(LogFollowerTest, GoesOnWithTheNewFileAndTheOneThatWasMovedAway) {
  ASSERT_TRUE(follower_.begin());
  write("a\n");
  std::filesystem::rename(path_, folder_ / "access.log.1");
  write("b\n", "access.log.1");  // the server has not opened the new one yet
  EXPECT_THAT(follow(), ElementsAre("a", "b"));
  write("c\n");
  write("d\n", "access.log.1");
  EXPECT_THAT(follow(2s), ElementsAre("d", "c"));
  write("e\n");
  write("f\n", "access.log.1");
  EXPECT_THAT(follow(3s), ElementsAre("f", "e"));
  EXPECT_EQ(follower_.rotations(), 1u);
  EXPECT_THAT(follow(100s), IsEmpty());
  write("too late\n", "access.log.1");
  EXPECT_THAT(follow(101s), IsEmpty());
}

TEST_F(LogFollowerTest, BeginsAnewInAFileThatWasCut) {
  ASSERT_TRUE(follower_.begin());
  write("a\n");
  EXPECT_THAT(follow(), ElementsAre("a"));
  std::filesystem::resize_file(path_, 0);
  write("b\n");
  EXPECT_THAT(follow(), ElementsAre("b"));
  // Cut, and grown beyond where it was before anybody looked.
  std::filesystem::resize_file(path_, 0);
  write("a longer line\nand one more\n");
  EXPECT_THAT(follow(), ElementsAre("a longer line", "and one more"));
  EXPECT_EQ(follower_.truncations(), 2u);
}

TEST_F(LogFollowerTest, LinesWithoutAnEndAreCountedAndNotKept) {
  ASSERT_TRUE(follower_.begin());
  write(std::string(LogFollower::kLongestLine, 'x') + "yy");
  EXPECT_THAT(follow(), IsEmpty());
  write("z\nb\n");
  EXPECT_THAT(follow(), ElementsAre("b"));
  EXPECT_EQ(follower_.too_long(), 1u);
}

TEST_F(LogFollowerTest, WithoutAFileThereIsNothing) {
  std::filesystem::remove(path_);
  EXPECT_FALSE(follower_.begin());
  EXPECT_THAT(follow(), IsEmpty());
  write("a\n");  // it is made anew
  EXPECT_THAT(follow(), ElementsAre("a"));
}

}  // namespace
}  // namespace tierwatch
