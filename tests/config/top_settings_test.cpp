// SPDX-License-Identifier: MIT
#include "config/top_settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

const TopSettings kSettings{.sort = "rss",
                            .palette = "colorblind",
                            .inverted = true,
                            .tree = true,
                            .columns = {"pid", "MEM/T=rss/threads", "user", "threads"},
                            .hidden_columns = {"user", "threads"}};

TEST(TopSettings, AreReadAsTheyWereWritten) {
  EXPECT_EQ(parse_top_settings(to_toml(kSettings)), kSettings);
  EXPECT_EQ(parse_top_settings(to_toml({})), TopSettings{});
}

TEST(TopSettings, WhatALaterVersionWroteIsPassedOver) {
  const auto settings = parse_top_settings("sort = 3\nnew = [1]\ntree = true\n");
  EXPECT_EQ(settings.sort, "");
  EXPECT_TRUE(settings.tree);
}

TEST(TopSettings, WhatIsNoTomlIsRefusedWithItsLine) {
  try {
    parse_top_settings("tree = true\nsort = \n");
    FAIL() << "it was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("line 2"), std::string::npos) << error.what();
  }
}

class TopSettingsFile : public ::testing::Test {
 protected:
  TemporaryFolder directory_;
};

TEST_F(TopSettingsFile, IsMadeWithItsDirectoryAndReplaced) {
  const auto path = directory_ / "deep" / "er" / "top.toml";
  EXPECT_EQ(load_top_settings(path), TopSettings{}) << "no file is no problem";
  save_top_settings(path, {});
  save_top_settings(path, kSettings);
  EXPECT_EQ(load_top_settings(path), kSettings);
  const auto files = std::filesystem::directory_iterator(path.parent_path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing is left beside it";
}

TEST_F(TopSettingsFile, IsNotWaitedForNorParsedTooDeep) {
  const auto path = directory_ / "top.toml";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THROW(load_top_settings(path), std::runtime_error);
  std::filesystem::remove(path);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "a.";
  std::ofstream(path) << deep << "b = 1\n";
  EXPECT_THROW(load_top_settings(path), std::runtime_error);
}

TEST_F(TopSettingsFile, WhereNothingCanBeWrittenItSaysSo) {
  std::ofstream(directory_ / "file") << "x";
  EXPECT_THROW(save_top_settings(directory_ / "file" / "top.toml", {}), std::runtime_error);
}

TEST(TopSettingsPath, FollowsTheEnvironment) {
  setenv("XDG_CONFIG_HOME", "/x", 1);
  EXPECT_EQ(top_settings_path(), "/x/tierwatch/top.toml");
  setenv("XDG_CONFIG_HOME", "relative", 1);
  setenv("HOME", "/h", 1);
  EXPECT_EQ(top_settings_path(), "/h/.config/tierwatch/top.toml");
  unsetenv("XDG_CONFIG_HOME");
  unsetenv("HOME");
  EXPECT_EQ(top_settings_path(), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
