// SPDX-License-Identifier: MIT
#include "exporters/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
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

TEST_F(OutputFile, WhatIsReadOrWrittenForTheSameIsKept) {
  write_output_file(folder_ / "run.db", "recorded");
  std::filesystem::create_symlink("run.db", folder_ / "link");
  std::filesystem::create_hard_link(folder_ / "run.db", folder_ / "other-name");
  const std::vector inputs{folder_ / "run.db"};
  for (const char* name : {"run.db", "./run.db", "link", "other-name"})
    EXPECT_THROW(refuse_overwriting(std::vector{folder_ / name}, inputs), std::runtime_error);
  EXPECT_NO_THROW(refuse_overwriting(std::vector{folder_ / "new"}, inputs));
  EXPECT_THROW(refuse_overwriting(std::vector{folder_ / "new", folder_ / "./new"}, {}),
               std::runtime_error);
  const std::filesystem::path nowhere = "/dev/null";
  EXPECT_NO_THROW(refuse_overwriting(std::vector{nowhere, nowhere}, {}));
}

TEST_F(OutputFile, AFullDiskIsTold) {
  EXPECT_THAT([] { write_output_file("/dev/full", "text"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("No space left")));
  EXPECT_THAT([] { write_output_file("/nowhere/x", "text"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("No such file")));
}

TEST_F(OutputFile, WhatWasThereStaysWholeWhenTheNewTextDoesNotFit) {
  const fs::path page = made("page", "old");
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(write_output_file(page, std::string(8192, 'x')), std::runtime_error);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_EQ(text_of(page), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "nothing beside is left";
}

TEST_F(OutputFile, OfANewOneThatDoesNotFitNothingIsLeft) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  EXPECT_THROW(write_output_file(folder_ / "new", std::string(8192, 'x')), std::runtime_error);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_FALSE(fs::exists(folder_ / "new"));
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
