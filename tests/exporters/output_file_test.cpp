// SPDX-License-Identifier: MIT
#include "exporters/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class OutputFile : public testing::Test {
 protected:
  fs::path made(const char* name, const char* text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  static std::string text_of(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  /// Gives it to another user, as somebody who lays a trap would own it.
  static bool give_away(const fs::path& path) { return lchown(path.c_str(), 65534, 65534) == 0; }

  const TemporaryFolder own_;
  const fs::path folder_ = own_.path();
};

TEST_F(OutputFile, IsMadeOrReplaced) {
  write_output_file(folder_ / "new", "text");
  EXPECT_EQ(text_of(folder_ / "new"), "text");
  write_output_file(made("old", "a longer text"), "short");
  EXPECT_EQ(text_of(folder_ / "old"), "short");
}

TEST_F(OutputFile, OwnLinksAndDevicesAreWrittenTo) {
  fs::create_symlink(made("target", "old"), folder_ / "link");
  write_output_file(folder_ / "link", "new");
  EXPECT_EQ(text_of(folder_ / "target"), "new");
  EXPECT_NO_THROW(write_output_file("/dev/null", "text"));
}

TEST_F(OutputFile, LinksPipesAndFilesOfOthersAreLeftAlone) {
  const fs::path secret = made("secret", "untouched");
  fs::create_symlink(secret, folder_ / "link");
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0666), 0);
  made("bait", "untouched");
  fs::permissions(folder_ / "bait", fs::perms::all);
  fs::permissions(folder_, fs::perms::all);
  for (const char* name : {"link", "pipe", "bait"})
    if (!give_away(folder_ / name)) GTEST_SKIP() << "needs root to act as somebody else";
  for (const char* name : {"link", "pipe", "bait"})
    EXPECT_THAT([&] { write_output_file(folder_ / name, "text"); },
                ThrowsMessage<std::runtime_error>(HasSubstr("nother user")))
        << name;
  EXPECT_EQ(text_of(secret), "untouched");
  EXPECT_EQ(text_of(folder_ / "bait"), "untouched");
}

TEST_F(OutputFile, AFullDiskIsTold) {
  EXPECT_THAT([] { write_output_file("/dev/full", "text"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("No space left")));
  EXPECT_THAT([] { write_output_file("/nowhere/x", "text"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("No such file")));
}

TEST_F(OutputFile, ADatabaseIsNew) {
  create_database_file(folder_ / "new.db");
  struct stat status {};
  ASSERT_EQ(stat((folder_ / "new.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0137, 0u);
  EXPECT_THROW(create_database_file(folder_ / "new.db"), std::runtime_error);
}

TEST_F(OutputFile, ADatabaseIsNotMadeThroughADanglingLink) {
  fs::create_symlink(folder_ / "elsewhere", folder_ / "run.db");
  EXPECT_THROW(create_database_file(folder_ / "run.db"), std::runtime_error);
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
}

TEST_F(OutputFile, NorBesideFilesThatSqliteWouldTakeForItsOwn) {
  made("run.db-wal", "somebody's transactions");
  EXPECT_THAT([&] { create_database_file(folder_ / "run.db"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("run.db-wal: is in the way")));
}

}  // namespace
}  // namespace tierwatch
