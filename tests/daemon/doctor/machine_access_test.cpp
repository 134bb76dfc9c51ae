// SPDX-License-Identifier: MIT
#include "daemon/doctor/machine_access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

CandidateFacts process(pid_t pid, std::string comm) {
  return {.id = {.pid = pid}, .comm = std::move(comm)};
}

class TierAccessTest : public ::testing::Test {
 protected:
  void add(pid_t pid) {
    const std::string folder = "proc/" + std::to_string(pid) + "/";
    for (const char* name : {"stat", "status", "io", "smaps_rollup"})
      fake_.write(folder + name, "x");
    fake_.link(folder + "fd/3", "socket:[1]");
  }
  void deny(pid_t pid, const std::string& name) {
    const std::string path = "proc/" + std::to_string(pid) + "/" + name;
    fake_.remove(path);
    fake_.make_unreadable(path);
  }
  std::vector<TierAccess> look(const std::vector<CandidateFacts>& facts) {
    const ProcFs files(fake_.root());
    return tier_access(files, rules_, facts);
  }

  FakeProc fake_;
  TierRules rules_ = default_config().rules;
};

TEST_F(TierAccessTest, WhatIsDeniedOfSomeIsCounted) {
  add(7);
  add(8);
  deny(8, "io");
  deny(8, "smaps_rollup");
  const auto tiers = look({process(7, "nginx"), process(8, "nginx")});
  ASSERT_EQ(tiers.size(), 1u) << "tiers without processes are left out";
  EXPECT_EQ(tiers[0].tier, "nginx");
  EXPECT_EQ(tiers[0].processes, 2u);
  EXPECT_EQ(tiers[0].of(Access::kCpu), 2u);
  EXPECT_EQ(tiers[0].of(Access::kIo), 1u);
  EXPECT_EQ(tiers[0].of(Access::kProportional), 1u);
  EXPECT_EQ(tiers[0].of(Access::kSockets), 2u);
}

TEST_F(TierAccessTest, AProcessThatEndedIsNotTried) {
  add(7);
  const auto tiers = look({process(7, "nginx"), process(9, "nginx")});
  ASSERT_EQ(tiers.size(), 1u);
  EXPECT_EQ(tiers[0].processes, 2u);
  EXPECT_EQ(tiers[0].tried, 1u);
}

TEST_F(TierAccessTest, AZombieIsNoLackOfRights) {
  add(7);
  add(8);
  fake_.write("proc/8/stat", "8 (ng) (inx) Z 1 8 8 0 -1");
  deny(8, "smaps_rollup");
  const auto tiers = look({process(7, "nginx"), process(8, "nginx")});
  EXPECT_EQ(tiers[0].tried, 1u);
  EXPECT_EQ(tiers[0].of(Access::kProportional), 1u);
}

TEST_F(TierAccessTest, OfManyProcessesTheFirstAreTried) {
  std::vector<CandidateFacts> facts;
  for (pid_t pid = 100; pid < 300; ++pid) {
    add(pid);
    facts.push_back(process(pid, "nginx"));
  }
  const auto tiers = look(facts);
  ASSERT_EQ(tiers.size(), 1u);
  EXPECT_EQ(tiers[0].processes, 200u);
  EXPECT_EQ(tiers[0].tried, kMostTried);
}

class NoSockets : public SocketTable {
 public:
  DumpStatus listeners(SocketFamily family, std::vector<ListenerSocket>&) override {
    return family == SocketFamily::kUnix ? DumpStatus::kUnavailable : DumpStatus::kComplete;
  }
  DumpStatus connections(SocketFamily, ConnectionTable&) override { return DumpStatus::kComplete; }
};

class NoProcesses : public ProcessTable {
 public:
  std::optional<std::vector<pid_t>> list() override { return std::vector<pid_t>{}; }
  std::vector<ProcessStat> read(std::span<const pid_t>) override { return {}; }
  std::optional<nanoseconds> run_time(pid_t) const override { return std::nullopt; }
};

TEST(LookAtMachine, TellsWhatTheKernelOffers) {
  const FakeProc fake;
  NoSockets sockets;
  NoProcesses processes;
  fake.write("proc/self/stat", "x");
  fake.write("proc/self/status", "Name:\tx\nCapEff:\t0000004000080004\nSeccomp:\t0\n");
  fake.write("proc/self/mountinfo", "23 22 0:21 / /proc rw - proc proc rw,gid=4,hidepid=2\n");
  const ProcFs files(fake.root());
  const MachineAccess machine = look_at_machine(files, sockets, processes, default_config().rules);
  EXPECT_TRUE(machine.may(Capability::kDacReadSearch));
  EXPECT_TRUE(machine.may(Capability::kSysPtrace));
  EXPECT_TRUE(machine.may(Capability::kPerfmon));
  EXPECT_EQ(machine.hidepid, "2");
  EXPECT_EQ(machine.hidepid_gid, "4");
  EXPECT_TRUE(machine.others_hidden) << "there is no process 1 to be read";
  EXPECT_TRUE(machine.tcp_diag);
  EXPECT_FALSE(machine.unix_diag);
  EXPECT_FALSE(machine.pressure);
  EXPECT_EQ(machine.cgroups, "");
  EXPECT_TRUE(machine.tiers.empty());
}

TEST(LookAtMachine, WithoutProcNothingCanBeSaid) {
  const FakeProc fake;
  NoSockets sockets;
  NoProcesses processes;
  const ProcFs files(fake.root());
  EXPECT_THROW(look_at_machine(files, sockets, processes, default_config().rules),
               std::runtime_error);
}

}  // namespace
}  // namespace tierwatch
