// SPDX-License-Identifier: MIT
//
// What a file says binds a server only when the server has read it as it is now.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "collectors/servers/server_settings.h"
#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

constexpr seconds kUp{100000};  ///< the machine, when it is looked at

class SettingsInForceTest : public ::testing::Test {
 protected:
  /// One process of a server, so many seconds ago.
  void start(const char* preset, pid_t pid, seconds ago, const char* title, pid_t parent = 1) {
    if (rules_.tiers.empty())
      rules_.tiers = {{.name = preset, .preset = preset, .roles = {{.name = first_role(preset)}}}};
    ProcessReading process;
    process.id = {.pid = pid, .started = kUp - ago};
    process.parent_pid = parent;
    process.title = title;
    process.member = Membership{.tier = 0, .role = 0};
    processes_.push_back(process);
    const std::string id = std::to_string(geteuid()), folder = "proc/" + std::to_string(pid);
    proc_.write(folder + "/status", "Uid:\t" + id + " " + id + " " + id + " " + id +
                                        "\nGid:\t7 7 7 7\nGroups:\t7 8 \n");
    proc_.make_directory(folder + "/root");
  }

  static const char* first_role(std::string_view preset) {
    return preset == "postgres" ? "postmaster" : preset == "nginx" ? "master" : "main";
  }

  /// A file of process 10, written just now.
  void write(const std::string& path, std::string_view text) {
    proc_.write("proc/10/root" + path, text);
  }

  ServerSettingsReading read() {
    const Instant at{
        .wall = std::chrono::system_clock::now(), .monotonic = seconds(1), .boot = kUp};
    ServerSettings settings(files_);
    settings.collect(at, rules_, processes_);
    EXPECT_TRUE(settings.wait(seconds(60)));
    return settings.collect(at, rules_, processes_).at(0);
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  TierRules rules_;
  std::vector<ProcessReading> processes_;
};

TEST_F(SettingsInForceTest, AFileThatWasChangedSinceTheServerStartedTellsNothing) {
  start("postgres", 10, seconds(60), "postgres -D /data");
  write("/data/postgresql.conf", "max_connections = 500\n");
  const ServerSettingsReading changed = read();
  EXPECT_TRUE(changed.changed_since_start);
  EXPECT_EQ(changed.usable_connections, std::nullopt);
  processes_[0].id.started = kUp + seconds(1);
  EXPECT_FALSE(read().changed_since_start);
  EXPECT_EQ(read().usable_connections, 497u);
}

TEST_F(SettingsInForceTest, AServerMayBeStartedByWhatWritesItsFiles) {
  start("postgres", 10, seconds(1), "postgres -D /data");
  write("/data/postgresql.conf", "max_connections = 500\n");
  EXPECT_EQ(read().usable_connections, 497u);
}

TEST_F(SettingsInForceTest, EachIncludedFileAndTheDirectoryOfThemCounts) {
  start("nginx", 10, seconds(60), "nginx: master process nginx -c /n.conf");
  write("/n.conf", "include events/*.conf;");
  write("/events/a.conf", "events { worker_connections 64; }");
  const auto move_on = [&] { processes_[0].id.started = kUp + seconds(60); };
  EXPECT_TRUE(read().changed_since_start);
  move_on();
  EXPECT_EQ(read().worker_connections, 64u);
}

TEST_F(SettingsInForceTest, AnOldFileThatWasMovedThereIsNewToTheServer) {
  start("nginx", 10, seconds(60), "nginx: master process nginx -c /n.conf");
  write("/n.conf", "events { worker_connections 64; }");
  const auto file = proc_.root() / "proc/10/root/n.conf";
  std::filesystem::last_write_time(file,
                                   std::filesystem::file_time_type::clock::now() - seconds(3600));
  EXPECT_TRUE(read().changed_since_start);
}

TEST_F(SettingsInForceTest, AfterAReloadTheWorkersOfNginxHoldWhatIsWritten) {
  start("nginx", 10, seconds(60), "nginx: master process nginx -c /n.conf");
  start("nginx", 11, seconds(50), "nginx: worker process is shutting down", 10);
  start("nginx", 12, seconds(0), "nginx: worker process", 10);
  write("/n.conf", "events { worker_connections 64; }");
  EXPECT_EQ(read().worker_connections, 64u);
  start("nginx", 13, seconds(50), "nginx: worker process", 10);
  EXPECT_TRUE(read().changed_since_start) << "the younger one is in place of one that crashed";
}

TEST_F(SettingsInForceTest, WhatAlterSystemWroteIsForTheNextStart) {
  start("postgres", 10, seconds(60), "postgres -D /data -c max_connections=20");
  write("/data/postgresql.auto.conf", "max_connections = '500'\n");
  EXPECT_TRUE(read().changed_since_start);
}

TEST_F(SettingsInForceTest, APidfileIsWrittenByTheServerItself) {
  start("redis", 10, seconds(60), "redis-server *:6379");
  proc_.write("proc/10/limits",
              "Limit                     Soft Limit           Hard Limit           Units     \n"
              "Max open files            65535                65535                files     \n");
  write("/etc/redis/redis.conf", "pidfile /run/redis.pid\nmaxclients 40\n");
  EXPECT_FALSE(read().changed_since_start) << "it is another server's file";
  write("/run/redis.pid", "10\n");
  EXPECT_TRUE(read().changed_since_start);
}

}  // namespace
}  // namespace tierwatch
