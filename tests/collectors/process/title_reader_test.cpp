// SPDX-License-Identifier: MIT
#include "collectors/process/title_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

constexpr bool kTrusted = true;

class TitleReaderTest : public testing::Test {
 protected:
  TitleReaderTest() {
    proc_.write("proc/1/cmdline", std::string_view("init\0--x\0", 9));
    proc_.make_directory("proc/2");
    EXPECT_EQ(mkfifo(blocked().c_str(), 0600), 0);
  }
  /// Lets go of who waits to read it.
  ~TitleReaderTest() override {
    while (const int end = open(blocked().c_str(), O_WRONLY | O_NONBLOCK)) {
      if (end < 0) break;
      close(end);
    }
  }
  /// Its reader waits for ever.
  std::string blocked() const { return (proc_.root() / "proc/2/cmdline").string(); }
  std::optional<std::string> read(pid_t pid, bool trusted) {
    return reader_.read({.pid = pid}, trusted, buffer_);
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  TitleReader reader_{files_};
  std::string buffer_;
};

TEST_F(TitleReaderTest, ReadsThoseOfServicesAndOfPeopleAlike) {
  EXPECT_EQ(read(1, kTrusted), "init --x");
  EXPECT_EQ(read(1, !kTrusted), "init --x");
  EXPECT_EQ(read(3, kTrusted), std::nullopt);
  EXPECT_EQ(read(3, !kTrusted), std::nullopt);
}

TEST_F(TitleReaderTest, OneThatCannotBeHadHoldsUpNobodyAndIsNotAskedForAgain) {
  EXPECT_EQ(read(2, !kTrusted), std::nullopt);
  for (int i = 0; i < 1000; ++i) {
    reader_.begin_tick();
    EXPECT_EQ(read(2, !kTrusted), std::nullopt);
  }
  EXPECT_EQ(read(1, !kTrusted), "init --x");
}

TEST_F(TitleReaderTest, TrustsRootAndServicesAlone) {
  EXPECT_TRUE(TitleReader::is_trusted(0, "/user.slice/user-0.slice/session-1.scope"));
  EXPECT_TRUE(TitleReader::is_trusted(33, "/"));
  EXPECT_TRUE(TitleReader::is_trusted(1000, "/system.slice/shop.service"));
  EXPECT_FALSE(TitleReader::is_trusted(1000, "/"));
  EXPECT_FALSE(TitleReader::is_trusted(33, "/user.slice/user-33.slice/session-1.scope"));
  EXPECT_FALSE(TitleReader::is_trusted(1000, "/user.slice/user-1000.slice/system.slice/a.service"));
  EXPECT_FALSE(TitleReader::is_trusted(std::nullopt, "/"));
}

}  // namespace
}  // namespace tierwatch
