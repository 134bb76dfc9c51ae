// SPDX-License-Identifier: MIT
//
// conf.d/*.toml beside tierwatch.toml: read behind it in the order of their names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "config/config.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DropIns : public ::testing::Test {
 protected:
  DropIns() { std::filesystem::create_directory(folder_ / "conf.d"); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name) << text;
  }
  Config load() const { return load_config(main_); }
  std::string why() const {
    try {
      load();
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }
  std::string place(const std::string& name) const { return (folder_ / name).string(); }

  TemporaryFolder folder_;
  std::filesystem::path main_ = folder_ / "tierwatch.toml";
};

TEST_F(DropIns, TheLastWordOnAKeyHoldsAndTheOthersStay) {
  write("tierwatch.toml", "[sampling]\ninterval = \"2s\"\nkept_descriptors = 10\n");
  write("conf.d/20-late.toml", "[sampling]\ninterval = \"4s\"\n[log]\nlevel = \"debug\"\n");
  write("conf.d/10-early.toml", "[sampling]\ninterval = \"3s\"\n");
  const Config config = load();
  EXPECT_EQ(config.sampling.interval, milliseconds(4000));
  EXPECT_EQ(config.sampling.kept_descriptors, 10u);
  EXPECT_EQ(config.log.level, "debug");
  EXPECT_THAT(config.files,
              ElementsAre(main_, place("conf.d/10-early.toml"), place("conf.d/20-late.toml")));
}

TEST_F(DropIns, TiersAndThresholdsAndUsersAddUp) {
  write("tierwatch.toml",
        "[thresholds]\ncpu = 0.8\nfds = 0.7\n[web]\nbasic_auth_users = {a = \"1\", b = \"2\"}\n"
        "[[tier]]\npreset = \"nginx\"\n");
  write("conf.d/a.toml",
        "[thresholds]\nfds = 0.6\n[web]\nbasic_auth_users = {b = \"3\"}\n[[tier]]\npreset = "
        "\"redis\"\n");
  const Config config = load();
  ASSERT_EQ(config.rules.tiers.size(), 2u);
  EXPECT_EQ(config.rules.tiers[0].name, "nginx");
  EXPECT_EQ(config.rules.tiers[1].name, "redis");
  EXPECT_DOUBLE_EQ(config.thresholds.all.cpu, 0.8);
  EXPECT_DOUBLE_EQ(config.thresholds.all.fds, 0.6);
  ASSERT_EQ(config.web.users.size(), 2u);
  EXPECT_EQ(config.web.users[0].hash, "1");
  EXPECT_EQ(config.web.users[1].hash, "3");
  EXPECT_EQ(config.web.users[1].place, place("conf.d/a.toml:4"));
}

TEST_F(DropIns, ErrorsOfAllFilesAreToldAtOnceEachWithItsFile) {
  write("tierwatch.toml", "[[tier]]\npreset = \"nginx\"\n[log]\nlevel = \"loud\"\n");
  write("conf.d/b.toml", "[sampling]\nintervall = \"1s\"\n");
  write("conf.d/c.toml", "[[tier]]\npreset = \"nginx\"\n");
  const std::string main = main_.string();
  EXPECT_THAT(why(), StartsWith(main + ":4:9: level"));
  EXPECT_THAT(why(), HasSubstr("\n" + place("conf.d/b.toml") + ":2:1: unknown key"));
  EXPECT_THAT(why(), HasSubstr("\n" + place("conf.d/c.toml") +
                               ":1:1: a second tier \"nginx\" (the first is at " + main + ":1)"));
}

TEST_F(DropIns, AFileThatIsNoTomlIsNamed) {
  write("tierwatch.toml", "");
  write("conf.d/x.toml", "[sampling\n");
  EXPECT_THAT(why(), StartsWith(place("conf.d/x.toml") + ":1:"));
}

TEST_F(DropIns, ACertificateAndItsKeyMayStandInTwoFilesAndBeginBesideTheirs) {
  write("tierwatch.toml", "[web]\ncert_file = \"cert.pem\"\n");
  EXPECT_THAT(why(), StartsWith(main_.string() + ":2:13: web: cert_file without key_file"));
  write("conf.d/key.toml", "[web]\nkey_file = \"key.pem\"\n");
  const Config config = load();
  EXPECT_EQ(config.web.cert_file.path, folder_ / "cert.pem");
  EXPECT_EQ(config.web.key_file.path, folder_ / "conf.d/key.pem");
}

TEST_F(DropIns, OnlyFilesCalledTomlCount) {
  write("tierwatch.toml", "");
  for (const char* name : {".hidden.toml", "x.toml.dpkg-old", "notes", "x.toml~"})
    write("conf.d/" + std::string(name), "no toml at all");
  EXPECT_THAT(load().files, ElementsAre(main_));
}

TEST_F(DropIns, AFileOfAnotherNameHasNone) {
  write("mine.toml", "");
  write("conf.d/x.toml", "no toml at all");
  EXPECT_THAT(load_config(folder_ / "mine.toml").files, ElementsAre(folder_ / "mine.toml"));
}

TEST_F(DropIns, WhatIsNoRegularFileIsRefused) {
  write("tierwatch.toml", "");
  std::filesystem::create_directory(folder_ / "conf.d/x.toml");
  EXPECT_THAT(why(), AllOf(StartsWith(place("conf.d/x.toml")), HasSubstr("cannot be read")));
}

TEST_F(DropIns, ADirectoryOfAStrangerIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to make a directory of another user";
  write("tierwatch.toml", "");
  write("conf.d/x.toml", "");
  ASSERT_EQ(chown(place("conf.d").c_str(), 12345, 12345), 0);
  EXPECT_THAT(why(), HasSubstr("belongs to somebody else"));
  ASSERT_EQ(chown(main_.c_str(), 12345, 12345), 0);
  EXPECT_EQ(why(), "");
}

TEST_F(DropIns, TooManyAreRefused) {
  write("tierwatch.toml", "");
  for (std::size_t i = 0; i <= kMostDropIns; ++i)
    write("conf.d/" + std::to_string(i) + ".toml", "");
  EXPECT_THAT(why(), HasSubstr("holds more than 1000 files"));
}

TEST_F(DropIns, HowLateASampleMayBe) {
  write("tierwatch.toml", "");
  EXPECT_EQ(load().sampling.late_intervals, 3u);
  write("conf.d/x.toml", "[sampling]\nlate_intervals = 10\n");
  EXPECT_EQ(load().sampling.late_intervals, 10u);
  write("conf.d/x.toml", "[sampling]\nlate_intervals = 1\n");
  EXPECT_THAT(why(), HasSubstr("write at least 2"));
}

}  // namespace
}  // namespace tierwatch
