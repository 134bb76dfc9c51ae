// SPDX-License-Identifier: MIT
#include "daemon/service/file_watch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

class FileWatchTest : public ::testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(file_) << text; }
  /// Whether a change shows in the end.
  static bool changes(FileWatch& watch) {
    for (int i = 0; i < 2000; ++i) {
      if (watch.take_change()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "cert.pem";
};

TEST_F(FileWatchTest, ANewContentIsAChangeOnce) {
  write("old");
  FileWatch watch({file_}, milliseconds(5));
  write("newer");
  EXPECT_TRUE(changes(watch));
  EXPECT_FALSE(watch.take_change());
}

TEST_F(FileWatchTest, AFileThatComesAndOneThatGoesAreChanges) {
  FileWatch watch({file_}, milliseconds(5));
  write("here");
  EXPECT_TRUE(changes(watch));
  std::filesystem::remove(file_);
  EXPECT_TRUE(changes(watch));
}

/// As Kubernetes does it: the link leads elsewhere from one moment to the next.
TEST_F(FileWatchTest, ALinkThatLeadsElsewhereIsAChange) {
  const std::filesystem::path one = directory_ / "one", other = directory_ / "other";
  std::ofstream(one) << "same";
  std::ofstream(other) << "same";
  std::filesystem::create_symlink(one, file_);
  FileWatch watch({file_}, milliseconds(5));
  std::filesystem::create_symlink(other, directory_ / "next");
  std::filesystem::rename(directory_ / "next", file_);
  EXPECT_TRUE(changes(watch));
}

TEST_F(FileWatchTest, WithoutFilesNothingRuns) {
  FileWatch watch({}, milliseconds(1));
  EXPECT_FALSE(watch.take_change());
}

TEST_F(FileWatchTest, ItEndsAtOnceWhateverItsPeriod) {
  write("x");
  const auto begin = std::chrono::steady_clock::now();
  { const FileWatch watch({file_}, std::chrono::hours(1)); }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(1));
}

}  // namespace
}  // namespace tierwatch
