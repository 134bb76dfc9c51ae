// SPDX-License-Identifier: MIT
#include "collectors/sockets/socket_owners.h"

#include <gtest/gtest.h>

#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

class Owners : public testing::Test {
 protected:
  void know(std::vector<ProcessReading> processes, nanoseconds now = seconds(1)) {
    networks_.update({.monotonic = now}, processes);
    owners_.update(now, processes, networks_);
  }
  ClientTier client(std::uint64_t inode, uid_t uid, std::uint64_t cgroup_id, std::uint16_t server) {
    return owners_.of_client(inode, {kOwnNetwork, uid, cgroup_id}, server);
  }
  static Listener tcp(std::uint16_t port, uid_t uid, std::uint64_t cgroup_id = 0) {
    return {.reading = {.address = "0.0.0.0:" + std::to_string(port), .port = port, .uid = uid},
            .inodes = {900},
            .cgroup_id = cgroup_id};
  }
  static SocketOwner owner(std::uint16_t tier, OwnerSource source) { return {tier, source}; }

  FakeProc fake_;
  ProcFs files_{fake_.root()};
  NetworkBook networks_{files_};
  SocketOwners owners_{files_, stack_rules()};
};

TEST_F(Owners, ALinkOfADescriptorDecidesAgainstEverythingElse) {
  hold_socket(fake_, 10, 3, 900);
  know({stack_process(10, kUwsgi, kWwwData), stack_process(11, kPostgres, kPostgresUser)});
  EXPECT_EQ(owners_.of_listener(tcp(5432, kPostgresUser)), owner(kUwsgi, OwnerSource::kDescriptor));
}

TEST_F(Owners, AnAddressCountsForALivingTierWhoseUidOrRootMadeTheSocket) {
  know({stack_process(11, kPostgres, kPostgresUser)});
  EXPECT_EQ(owners_.of_listener(tcp(5432, kPostgresUser)), owner(kPostgres, OwnerSource::kAddress));
  EXPECT_EQ(owners_.of_listener(tcp(5432, kRoot)), owner(kPostgres, OwnerSource::kAddress));
  EXPECT_FALSE(owners_.of_listener(tcp(5432, kSomebody))) << "somebody else's server";
  know({});
  EXPECT_FALSE(owners_.of_listener(tcp(5432, kRoot))) << "the tier has no process";
}

TEST_F(Owners, AUidUnderWhichOneTierAloneRunsTellsTheTier) {
  know({stack_process(11, kPostgres, kPostgresUser), stack_process(12, kUwsgi, kWwwData),
        stack_process(13, kNginx, kWwwData)});
  EXPECT_EQ(owners_.of_listener(tcp(5433, kPostgresUser)), owner(kPostgres, OwnerSource::kUser));
  EXPECT_FALSE(owners_.of_listener(tcp(8080, kWwwData))) << "two tiers";
  know({stack_process(11, kPostgres, kPostgresUser),
        stack_process(14, std::nullopt, kPostgresUser)});
  EXPECT_FALSE(owners_.of_listener(tcp(5433, kPostgresUser))) << "others run under it";
}

TEST_F(Owners, AZombieHoldsNoSocket) {
  ProcessReading ended = stack_process(12, kUwsgi, kPostgresUser);
  ended.state = 'Z';
  know({stack_process(11, kPostgres, kPostgresUser), ended});
  EXPECT_EQ(owners_.of_listener(tcp(5433, kPostgresUser)), owner(kPostgres, OwnerSource::kUser));
}

TEST_F(Owners, WorkersOfAMasterOfAnotherUserMadeNoListener) {
  ProcessReading worker = stack_process(13, kNginx, kWwwData);
  ProcessReading master = stack_process(10, kNginx, kRoot);
  worker.member->instance = master.member->instance = 10;
  know({master, worker, stack_process(12, kUwsgi, kWwwData)});
  EXPECT_EQ(owners_.of_listener(tcp(8080, kWwwData)), owner(kUwsgi, OwnerSource::kUser));
  EXPECT_EQ(owners_.of_listener(tcp(80, kWwwData)), owner(kUwsgi, OwnerSource::kUser))
      << "nginx' usual port, but not its socket";
  EXPECT_FALSE(client(1, kWwwData, 0, kPostgres).owner) << "as clients both are possible";
}

TEST_F(Owners, RootsSocketsAreNobodysByUid) {
  know({stack_process(10, kNginx, kRoot)});
  EXPECT_FALSE(owners_.of_listener(tcp(9999, kRoot)));
  EXPECT_FALSE(client(1, kRoot, 0, kUwsgi).owner);
}

/// Postgres of the system and what a person calls so.
class ServersOfSeveralUsers : public Owners {
 protected:
  static constexpr pid_t kMaster = 11, kFirst = 21, kSecond = 22;

  static ProcessReading server(pid_t pid, uid_t uid, pid_t root = 0) {
    ProcessReading process = stack_process(pid, kPostgres, uid);
    process.member->instance = root == 0 ? pid : root;
    return process;
  }
  std::pair<pid_t, std::optional<uid_t>> whose(std::uint16_t port, uid_t uid) {
    const auto owner = owners_.of_listener(tcp(port, uid));
    return owner ? std::pair(owner->instance, owner->user) : std::pair(-1, std::optional<uid_t>());
  }
  using Whose = std::pair<pid_t, std::optional<uid_t>>;
};

TEST_F(ServersOfSeveralUsers, AListenerIsTheServersOfItsUser) {
  know({server(kMaster, kPostgresUser), server(kFirst, kSomebody), server(kSecond, kSomebody)});
  EXPECT_EQ(whose(5432, kPostgresUser), Whose(kMaster, kPostgresUser));
  EXPECT_EQ(whose(5432, kSomebody), Whose(0, kSomebody)) << "which of his is not known";
}

TEST_F(ServersOfSeveralUsers, AListenerOfRootIsNoPersons) {
  know({server(kMaster, kPostgresUser), server(kFirst, kSomebody)});
  EXPECT_EQ(whose(5432, kRoot), Whose(kMaster, kPostgresUser)) << "which gave up its rights";
  know({server(kMaster, kRoot), server(12, kPostgresUser, kMaster), server(kFirst, kSomebody)});
  EXPECT_EQ(whose(5432, kRoot), Whose(kMaster, kRoot));
}

TEST_F(ServersOfSeveralUsers, AListenerIsNotThatOfAServerThatRootStartedForItsMaker) {
  know({server(kMaster, kRoot), server(12, kPostgresUser, kMaster), server(kFirst, kPostgresUser)});
  EXPECT_EQ(whose(5433, kPostgresUser), Whose(kFirst, kPostgresUser));
}

TEST_F(ServersOfSeveralUsers, AClientMayBeAnyServersThatHasAProcessOfItsUser) {
  know({server(kMaster, kRoot), server(12, kPostgresUser, kMaster), server(kFirst, kSomebody)});
  const auto client = owners_.of_client(1, {kOwnNetwork, kPostgresUser, 0}, kUwsgi).owner;
  ASSERT_TRUE(client);
  EXPECT_EQ(client->instance, kMaster);
  EXPECT_EQ(client->user, kRoot);
}

class OwnersByCgroup : public Owners {
 protected:
  std::uint64_t make_cgroup(const std::string& path) {
    fake_.make_directory("sys/fs/cgroup" + path);
    Fault why{};
    return files_.status(("sys/fs/cgroup" + path).c_str(), why)->inode;
  }
};

TEST_F(OwnersByCgroup, TellsTiersOfOneUidApart) {
  const auto nginx = make_cgroup("/system.slice/nginx.service");
  const auto uwsgi = make_cgroup("/system.slice/uwsgi.service");
  const auto session = make_cgroup("/user.slice/session-1.scope");
  know({stack_process(12, kUwsgi, kWwwData, "/system.slice/uwsgi.service"),
        stack_process(13, kNginx, kWwwData, "/system.slice/nginx.service"),
        stack_process(14, kPostgres, kSomebody, "/user.slice/session-1.scope")});
  EXPECT_EQ(owners_.of_listener(tcp(8080, kWwwData, nginx)), owner(kNginx, OwnerSource::kCgroup));
  EXPECT_EQ(client(1, kWwwData, uwsgi, kPostgres).owner, owner(kUwsgi, OwnerSource::kCgroup));
  EXPECT_FALSE(owners_.of_listener(tcp(8080, kRoot, session))) << "a session holds anything";
}

TEST_F(OwnersByCgroup, OneSharedByTwoTiersTellsNothing) {
  const auto shared = make_cgroup("/app.service");
  know({stack_process(12, kUwsgi, kWwwData, "/app.service"),
        stack_process(13, kNginx, kWwwData, "/app.service")});
  EXPECT_FALSE(owners_.of_listener(tcp(8080, kRoot, shared)));
}

TEST_F(OwnersByCgroup, DecidesBetweenTiersThatClaimOneAddress) {
  TierRules rules = stack_rules();
  rules.tiers[kUwsgi].listen = {"tcp:80"};
  owners_.set_rules(rules);
  const auto uwsgi = make_cgroup("/uwsgi.service");
  know({stack_process(12, kUwsgi, kWwwData, "/uwsgi.service"),
        stack_process(13, kNginx, kWwwData, "/nginx.service")});
  EXPECT_EQ(owners_.of_listener(tcp(80, kRoot, uwsgi)), owner(kUwsgi, OwnerSource::kAddress));
  EXPECT_EQ(owners_.of_listener(tcp(80, kRoot)), owner(kNginx, OwnerSource::kAddress));
}

TEST_F(Owners, AClientUnderTheServersUidIsTheOtherTierOfThatUid) {
  know({stack_process(12, kUwsgi, kWwwData), stack_process(13, kNginx, kWwwData)});
  EXPECT_EQ(client(1, kWwwData, 0, kUwsgi).owner, owner(kNginx, OwnerSource::kElimination));
  const ClientTier to_postgres = client(1, kWwwData, 0, kPostgres);
  EXPECT_FALSE(to_postgres.owner);
  ASSERT_NE(to_postgres.one_of, nullptr);
  EXPECT_EQ(to_postgres.one_of->tiers, (std::vector<std::uint16_t>{kNginx, kUwsgi}));
}

TEST_F(Owners, AClientUnderAUidThatOthersUseMayBeTheTier) {
  know({stack_process(12, kUwsgi, kWwwData), stack_process(14, std::nullopt, kWwwData)});
  const ClientTier found = client(1, kWwwData, 0, kPostgres);
  EXPECT_FALSE(found.owner);
  ASSERT_NE(found.one_of, nullptr);
  EXPECT_EQ(found.one_of->tiers, std::vector<std::uint16_t>{kUwsgi});
}

class Links : public testing::Test {
 protected:
  std::vector<pid_t> holders(std::uint64_t inode) {
    std::vector<pid_t> pids;
    for (const auto& holder : links_.holders(inode))
      pids.push_back(links_.processes()[holder.process].id.pid);
    return pids;
  }
  /// All of which have run until now.
  void update(nanoseconds now, std::vector<ProcessReading> processes) {
    for (ProcessReading& process : processes) process.read_at = now;
    links_.update(now, processes, rules_);
  }
  static ProcessReading process(pid_t pid, std::uint64_t fds, std::uint16_t role = 1) {
    ProcessReading made = stack_process(pid, kUwsgi, kWwwData);
    made.member->role = role;
    made.open_fds = fds;
    return made;
  }
  FakeProc fake_;
  ProcFs files_{fake_.root()};
  TierRules rules_ = stack_rules();
  DescriptorLinks links_{files_, {.links_per_update = 6, .links_per_process = 4}};
};

TEST_F(Links, AllHoldersOfASharedSocketAreKnownAndOnlyTierProcessesAreAsked) {
  hold_socket(fake_, 10, 3, 77);
  hold_socket(fake_, 11, 3, 77);
  hold_socket(fake_, 12, 3, 77);
  fake_.link("proc/10/fd/0", "/dev/null");
  fake_.link("proc/10/fd/1", "pipe:[77]");
  update(seconds(1), {process(10, 1), process(11, 1), stack_process(12, std::nullopt, 0)});
  EXPECT_EQ(holders(77), (std::vector<pid_t>{10, 11}));
  EXPECT_TRUE(holders(0).empty());
}

TEST_F(Links, AreReadAgainWhenTheNumberOfDescriptorsChangesOrTimeHasPassed) {
  hold_socket(fake_, 10, 3, 77);
  update(seconds(1), {process(10, 1)});
  fake_.remove("proc/10/fd/3");
  hold_socket(fake_, 10, 3, 78);
  update(seconds(2), {process(10, 1)});
  EXPECT_EQ(holders(77).size(), 1u) << "nothing tells of the change yet";
  update(seconds(61), {process(10, 1)});
  EXPECT_EQ(holders(78).size(), 1u);
  EXPECT_TRUE(holders(77).empty());
  hold_socket(fake_, 10, 4, 79);
  update(seconds(62), {process(10, 2)});
  EXPECT_EQ(holders(79).size(), 1u);
}

TEST_F(Links, AreReadAgainForASocketWhoseHolderIsNotKnown) {
  hold_socket(fake_, 10, 3, 77);
  update(seconds(1), {process(10, 1)});
  fake_.remove("proc/10/fd/3");
  hold_socket(fake_, 10, 3, 78);
  EXPECT_TRUE(holders(78).empty());
  update(seconds(2), {process(10, 1)});
  EXPECT_TRUE(holders(78).empty()) << "it was looked at a second ago";
  update(seconds(6), {process(10, 1)});
  EXPECT_EQ(holders(78).size(), 1u);
}

TEST_F(Links, ASocketThatNobodyHoldsIsSoughtForAWhile) {
  hold_socket(fake_, 10, 3, 77);
  int second = 1;
  for (; second < 14; ++second) {
    update(seconds(second), {process(10, 1, 0)});
    EXPECT_TRUE(holders(99).empty());
  }
  hold_socket(fake_, 10, 4, 78);
  update(seconds(second), {process(10, 1, 0)});
  EXPECT_TRUE(holders(78).empty()) << "99 is no news";
  update(seconds(second + 1), {process(10, 1, 0)});
  EXPECT_EQ(holders(78).size(), 1u);
}

/// Theirs are gone before the next tick: looked at after the question is too late.
TEST_F(Links, ThoseOfSyncWorkersAreReadAtEachTickWhileNewSocketsComeUp) {
  hold_socket(fake_, 10, 0, 77);
  update(seconds(1), {process(10, 1, 0)});
  EXPECT_TRUE(holders(78).empty());
  for (int second = 2; second < 10; ++second) {
    const auto inode = static_cast<std::uint64_t>(100 + second);
    hold_socket(fake_, 10, second - 1, inode);
    update(seconds(second), {process(10, 1, 0)});
    EXPECT_EQ(holders(inode).size(), 1u) << second;
  }
}

TEST_F(Links, OfAProcessThatDidNotRunAreNotReadAgain) {
  ProcessReading worker = process(10, 1, 0);
  worker.read_at = seconds(1);
  links_.update(seconds(1), std::vector{worker}, rules_);
  hold_socket(fake_, 10, 3, 78);  // which a process that sleeps cannot have opened
  links_.update(seconds(60), std::vector{worker}, rules_);
  EXPECT_TRUE(holders(78).empty());
  worker.read_at = seconds(61);
  links_.update(seconds(61), std::vector{worker}, rules_);
  EXPECT_EQ(holders(78).size(), 1u);
}

TEST_F(Links, ATickReadsNoMoreThanItsBudgetAndTheNextGoesOn) {
  std::vector<ProcessReading> processes;
  for (pid_t pid = 10; pid < 14; ++pid) {
    for (int fd = 0; fd < 3; ++fd) hold_socket(fake_, pid, fd, 100);
    processes.push_back(process(pid, 3));
  }
  update(seconds(1), processes);
  EXPECT_EQ(links_.processes().size(), 2u);
  update(seconds(2), processes);
  EXPECT_EQ(links_.processes().size(), 4u);
}

TEST_F(Links, ASurveyOfNewProcessesLeavesRoomForWhatHasChanged) {
  DescriptorLinks links(files_, {.links_per_update = 8, .first_links_per_update = 2});
  hold_socket(fake_, 10, 3, 77);
  ProcessReading known = process(10, 1);
  links.update(seconds(1), std::vector{known}, rules_);
  hold_socket(fake_, 10, 4, 78);
  known.open_fds = 2;
  hold_socket(fake_, 11, 3, 79);
  hold_socket(fake_, 12, 3, 80);
  links.update(seconds(2), std::vector{known, process(11, 1), process(12, 1)}, rules_);
  EXPECT_EQ(links.holders(78).size(), 1u);
  EXPECT_EQ(links.holders(79).size(), 1u) << "one new process is always looked at";
  EXPECT_TRUE(links.holders(80).empty()) << "the next is left for the next tick";
}

TEST_F(Links, OfAProcessWithThousandsOnlyTheLowNumbersAreRead) {
  hold_socket(fake_, 10, 3, 77);
  hold_socket(fake_, 10, 4, 78);
  update(seconds(1), {process(10, 5000)});
  EXPECT_EQ(holders(77).size(), 1u);
  EXPECT_TRUE(holders(78).empty());
}

TEST_F(Links, AnotherProcessUnderAReusedPidHoldsNothingOfItsPredecessor) {
  hold_socket(fake_, 10, 3, 77);
  update(seconds(1), {process(10, 1)});
  fake_.remove("proc/10/fd/3");
  ProcessReading reused = process(10, 1);
  reused.id.started = seconds(500);
  update(seconds(2), {reused});
  EXPECT_TRUE(holders(77).empty());
  update(seconds(3), {});
  EXPECT_TRUE(links_.processes().empty());
}

TEST_F(Links, AProcessWhoseLinksMayNotBeReadIsCountedAsDenied) {
  fake_.write("proc/10/fd/3", "the directory lists, but this is no link");
  update(seconds(1), {process(10, 1)});
  EXPECT_EQ(links_.denied(), 1u);
  EXPECT_TRUE(links_.processes().empty());
}

}  // namespace
}  // namespace tierwatch
