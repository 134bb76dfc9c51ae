// SPDX-License-Identifier: MIT
#include "collectors/servers/server_stamps.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

class ServerStampsTest : public ::testing::Test {
 protected:
  ServerStampsTest() {
    rules_.tiers = {{.name = "web", .preset = "nginx"}, {.name = "own", .preset = ""}};
    rules_.tiers[0].roles = {{.name = "master"}, {.name = "worker"}};
    rules_.tiers[1].roles = {{.name = "main"}};
    start(10, 0, 0, "nginx: master process /usr/sbin/nginx -c /srv/n.conf");
    start(11, 0, 1, "nginx: worker process", 10);
    write("/srv/n.conf", "events { }\nhttp { include more.conf; }");
    write("/srv/more.conf", "server { }");
  }

  void start(pid_t pid, std::uint16_t tier, std::uint16_t role, std::string title,
             pid_t parent = 1) {
    ProcessReading process;
    process.id = {.pid = pid, .started = seconds(pid)};
    process.parent_pid = parent;
    process.title = std::move(title);
    process.member = Membership{.tier = tier, .role = role};
    processes_.push_back(process);
    const std::string id = std::to_string(geteuid()), folder = "proc/" + std::to_string(pid);
    proc_.write(folder + "/status", "Uid:\t" + id + " " + id + " " + id + " " + id +
                                        "\nGid:\t7 7 7 7\nGroups:\t7 8 \n");
    proc_.make_directory(folder + "/root");
  }

  /// A file as the master sees it.
  void write(const std::string& path, std::string_view text) {
    proc_.write("proc/10/root" + path, text);
  }

  std::vector<ServerStamp> collect(int second) {
    const Instant at{.wall = std::chrono::system_clock::now(), .monotonic = seconds(second)};
    stamps_.collect(at, rules_, processes_);
    EXPECT_TRUE(stamps_.wait(seconds(60)));
    return stamps_.collect(at, rules_, processes_);
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  ServerStamps stamps_{files_};
  TierRules rules_;
  std::vector<ProcessReading> processes_;
};

TEST_F(ServerStampsTest, AServerHasThePathsAndSizesOfItsFiles) {
  const auto stamps = collect(1);
  ASSERT_EQ(stamps.size(), 1u) << "one of its master, none of a tier without a preset";
  EXPECT_EQ(stamps[0].tier, "web");
  EXPECT_EQ(stamps[0].server.pid, 10);
  ASSERT_EQ(stamps[0].files.size(), 2u);
  EXPECT_EQ(stamps[0].files[0].path, "/srv/n.conf");
  EXPECT_EQ(stamps[0].files[0].size_bytes, 38u);
  EXPECT_EQ(stamps[0].files[1].size_bytes, 10u);
  EXPECT_GT(stamps[0].files[0].changed.time_since_epoch(), seconds(1'000'000'000));
  EXPECT_FALSE(stamps[0].program) << "which it is is not known, and its title is no path";
}

TEST_F(ServerStampsTest, AFileThatIsChangedIsSeenWithinTheInterval) {
  const auto before = collect(1);
  write("/srv/more.conf", "server { listen 81; }");
  EXPECT_EQ(collect(2), before) << "not at each tick";
  const auto after = collect(22);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].files[0], before[0].files[0]);
  EXPECT_NE(after[0].files[1], before[0].files[1]);
}

TEST_F(ServerStampsTest, TheProgramIsTheOneThatItsTitleBeginsWith) {
  rules_.tiers[1].preset = "redis";
  start(20, 1, 0, "/usr/bin/redis-server 127.0.0.1:6379");
  proc_.write("proc/20/root/usr/bin/redis-server", "an elf");
  const auto stamps = collect(1);
  ASSERT_EQ(stamps.size(), 2u);
  ASSERT_TRUE(stamps[1].program);
  EXPECT_EQ(stamps[1].program->path, "/usr/bin/redis-server");
  EXPECT_EQ(stamps[1].program->size_bytes, 6u);
  EXPECT_NE(stamps[1].program->inode, 0u);
}

TEST_F(ServerStampsTest, AServerThatEndsIsForgotten) {
  collect(1);
  processes_.clear();
  EXPECT_TRUE(collect(2).empty());
}

}  // namespace
}  // namespace tierwatch
