// SPDX-License-Identifier: MIT
#include "daemon/doctor/running_daemon.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using testing::IsEmpty;

using Words = std::vector<const char*>;

/// Words as /proc/PID/cmdline has them.
std::string command_line(const Words& words) {
  std::string text;
  for (const char* word : words) text.append(word).push_back('\0');
  return text;
}

std::optional<std::filesystem::path> config_of(const Words& words) {
  const auto daemon = daemon_of(1, command_line(words));
  EXPECT_TRUE(daemon);
  return daemon ? daemon->config : std::nullopt;
}

TEST(RunningDaemon, ItsConfigurationIsWhatItsCommandLineNames) {
  EXPECT_EQ(config_of({"/usr/bin/tierwatch", "daemon"}), std::nullopt);
  EXPECT_EQ(config_of({"tierwatch", "daemon", "-i", "1s"}), std::nullopt);
  const std::vector<Words> named = {{"tierwatch", "daemon", "-c", "/x"},
                                    {"tierwatch", "daemon", "-c/x"},
                                    {"tierwatch", "daemon", "--config", "/x"},
                                    {"tierwatch", "daemon", "--config=/x"},
                                    {"tierwatch", "daemon", "--config.file", "/x"},
                                    {"tierwatch", "daemon", "--config.file=/x", "-i", "1s"}};
  for (const Words& words : named) EXPECT_EQ(config_of(words), "/x");
}

TEST(RunningDaemon, OtherCommandsAndProgramsAreNone) {
  EXPECT_FALSE(daemon_of(1, command_line({"tierwatch", "top"})));
  EXPECT_FALSE(daemon_of(1, command_line({"tierwatch"})));
  EXPECT_FALSE(daemon_of(1, command_line({"vi", "daemon"})));
  EXPECT_FALSE(daemon_of(1, ""));
}

TEST(RunningDaemon, ThoseOfTrustedUsersAreFound) {
  const FakeProc proc;
  proc.write("proc/12/cmdline", command_line({"tierwatch", "daemon", "-c", "/etc/x.toml"}));
  proc.write("proc/13/cmdline", command_line({"tierwatch", "daemon", "-c", "y.toml"}));
  proc.link("proc/13/cwd", "/srv/web");
  proc.write("proc/14/cmdline", command_line({"tierwatch", "daemon", "-c", "not-to-be-known"}));
  proc.write("proc/15/cmdline", command_line({"nginx"}));
  proc.make_directory("proc/16");
  proc.write("proc/version", "Linux");
  const ProcFs files(proc.root());
  const auto found = running_daemons(files, [](uid_t uid) { return uid == geteuid(); });
  EXPECT_THAT(found, testing::UnorderedElementsAre(RunningDaemon{12, "/etc/x.toml"},
                                                   RunningDaemon{13, "/srv/web/y.toml"}));
  EXPECT_THAT(running_daemons(files, [](uid_t) { return false; }), IsEmpty());
}

}  // namespace
}  // namespace tierwatch
