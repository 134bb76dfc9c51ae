// SPDX-License-Identifier: MIT
#include "analysis/facts/instances.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace tierwatch {
namespace {

using testing::ElementsAre;

/// Two application servers of one tier, each with a listener.
class InstancesTest : public testing::Test {
 protected:
  InstancesTest() {
    snapshot_.tiers.push_back(
        {.name = "gunicorn", .roles = {{.name = "master"}, {.name = "worker"}}});
    snapshot_.tiers[0].roles[1].kind = RoleKind::kSyncWorker;
    for (const pid_t root : {10, 20}) {
      add_process(root, root, 0);
      add_process(root + 1, root, 1);
      add_listener(root, static_cast<std::uint16_t>(8000 + root));
    }
  }

  void add_process(pid_t pid, pid_t root, std::uint16_t role) {
    ProcessSample process;
    process.reading.id.pid = pid;
    process.reading.member = Membership{.tier = 0, .role = role, .instance = root};
    process.reading.cgroup = "/system.slice/gunicorn.service";
    snapshot_.processes.push_back(process);
  }
  void add_listener(pid_t root, std::uint16_t port) {
    ListenerSample listener;
    listener.reading.port = port;
    listener.reading.owner = SocketOwner{.tier = 0, .instance = root};
    snapshot_.listeners.push_back(listener);
  }
  std::vector<std::string> names() {
    const Instances found(snapshot_);
    std::vector<std::string> names;
    for (const Instance& one : found.of(0)) names.push_back(one.name);
    return names;
  }

  Snapshot snapshot_;
};

TEST_F(InstancesTest, AreCalledByTheirAddresses) {
  EXPECT_THAT(names(), ElementsAre("gunicorn (port 8010)", "gunicorn (port 8020)"));
}

TEST_F(InstancesTest, AreCalledByTheirUnits) {
  snapshot_.processes[0].reading.cgroup = "/system.slice/shop.service";
  snapshot_.processes[2].reading.cgroup = "/system.slice/blog.service";
  EXPECT_THAT(names(), ElementsAre("gunicorn (shop.service)", "gunicorn (blog.service)"));
}

TEST_F(InstancesTest, AreCalledByTheirContainers) {
  const std::string id(60, 'a');
  snapshot_.processes[0].reading.cgroup = "/docker/1234" + id;
  snapshot_.processes[2].reading.cgroup = "/system.slice/docker-5678" + id + ".scope";
  EXPECT_THAT(names(), ElementsAre("gunicorn (container 1234aaaaaaaa)",
                                   "gunicorn (container 5678aaaaaaaa)"));
}

TEST_F(InstancesTest, OneInAContainerAndOneThatSomebodyStarted) {
  snapshot_.processes[0].reading.cgroup = "/lxc/shop";
  snapshot_.processes[2].reading.cgroup = "/user.slice/user-0.slice/session-3.scope";
  EXPECT_THAT(names(), ElementsAre("gunicorn (container shop)", "gunicorn (port 8020)"));
}

TEST_F(InstancesTest, WithoutAnAddressThePidIsLeft) {
  snapshot_.listeners.clear();
  EXPECT_THAT(names(), ElementsAre("gunicorn (pid 10)", "gunicorn (pid 20)"));
}

TEST_F(InstancesTest, ATierWhoseSocketsAreMixedUpIsJudgedAsOne) {
  snapshot_.listeners[1].reading.owner->instance = 0;
  EXPECT_TRUE(names().empty());
  snapshot_.listeners[1].reading.owner->instance = 20;
  snapshot_.edges = {{.from = SocketOwner{.tier = 0, .instance = 0}, .peer = "10.0.0.9:25"}};
  EXPECT_TRUE(names().empty());
  snapshot_.edges = {{.from_one_of = {0}, .peer = "10.0.0.9:25"}};
  EXPECT_TRUE(names().empty());
}

TEST_F(InstancesTest, AMasterWithoutWorkersIsNone) {
  snapshot_.processes.pop_back();
  EXPECT_TRUE(names().empty());
}

/// The servers of one tier under several users: pid 10 under `postgres` (104), pid 20 under
/// `mallory` (1000), each with a worker.
class ServersOfSeveralUsers : public InstancesTest {
 protected:
  static constexpr uid_t kSystem = 104, kPerson = 1000;

  ServersOfSeveralUsers() {
    snapshot_.tiers[0].name = "postgres";
    for (ProcessSample& process : snapshot_.processes) {
      const bool system = process.reading.member->instance == 10;
      process.reading.uid = system ? kSystem : kPerson;
      process.reading.user = system ? "postgres" : "mallory";
      process.reading.cgroup = "/";
    }
    for (ListenerSample& listener : snapshot_.listeners) {
      auto& owner = listener.reading.owner;
      owner->user = listener.reading.uid = owner->instance == 10 ? kSystem : kPerson;
    }
  }
  /// Another server of the person, which listens on what cannot be told from his first's.
  void add_second_of_the_person() {
    add_process(30, 30, 1);
    snapshot_.processes.back().reading.uid = kPerson;
    snapshot_.processes.back().reading.user = "mallory";
    snapshot_.processes.back().reading.cgroup = "/";
    snapshot_.listeners[1].reading.owner->instance = 0;
  }
  bool is_impostor(pid_t root) {
    return Instances(snapshot_).is_impostor({.tier = 0, .role = 1, .instance = root});
  }
};

TEST_F(ServersOfSeveralUsers, TheOneOfTheSystemKeepsTheTiersNameAndTheOtherSaysWhoseItIs) {
  EXPECT_THAT(names(), ElementsAre("postgres", "postgres (user mallory)"));
}

TEST_F(ServersOfSeveralUsers, RootsSupervisorOfOneUsersServersMakesNoSecondUser) {
  add_process(5, 5, 0);
  std::ranges::rotate(snapshot_.processes, snapshot_.processes.end() - 1);
  snapshot_.processes[0].reading.uid = 0;
  for (ProcessSample& process : snapshot_.processes)
    if (process.reading.uid == kPerson) process.reading.uid = kSystem;
  EXPECT_THAT(names(), ElementsAre("postgres (port 8010)", "postgres (port 8020)"));
}

TEST_F(ServersOfSeveralUsers, AUnitOfThePersonsOwnNamesNothing) {
  snapshot_.processes[0].reading.cgroup = "/system.slice/postgresql.service";
  snapshot_.processes[2].reading.cgroup =
      "/user.slice/user-1000.slice/user@1000.service/app.slice/postgresql.service";
  EXPECT_THAT(names(), ElementsAre("postgres", "postgres (postgresql.service, user mallory)"));
}

TEST_F(ServersOfSeveralUsers, TwoOfTheSystemAreBothCalledByTheirUsers) {
  snapshot_.processes[2].reading.cgroup = "/system.slice/shop.service";
  EXPECT_THAT(names(),
              ElementsAre("postgres (user postgres)", "postgres (shop.service, user mallory)"));
}

TEST_F(ServersOfSeveralUsers, AreNeverSummedThoughSocketsOfOneAreMixedUp) {
  add_second_of_the_person();
  EXPECT_THAT(names(), ElementsAre("postgres", "postgres (user mallory)"));
  const Instances found(snapshot_);
  EXPECT_THAT(found.of(0)[1].roots, ElementsAre(20, 30));
  EXPECT_EQ(found.name_of(0, 0, kPerson), "postgres (user mallory)");
  EXPECT_EQ(found.name_of(0, 10, kSystem), "postgres");
}

TEST_F(ServersOfSeveralUsers, ServersOfOneUserAreToldApartWhereTheirSocketsAre) {
  add_second_of_the_person();
  snapshot_.listeners[1].reading.owner->instance = 20;
  add_listener(30, 8030);
  snapshot_.listeners[2].reading.owner->user = snapshot_.listeners[2].reading.uid = kPerson;
  snapshot_.edges = {{.from_one_of = {0}, .from_user = kSystem, .peer = "10.0.0.9:25"}};
  EXPECT_THAT(names(), ElementsAre("postgres", "postgres (port 8020, user mallory)",
                                   "postgres (port 8030, user mallory)"));
  snapshot_.edges[0].from_user = kPerson;
  EXPECT_THAT(names(), ElementsAre("postgres", "postgres (user mallory)"));
}

TEST_F(ServersOfSeveralUsers, WhoHasNoSocketIsNoServerWhereAnotherUsersListens) {
  EXPECT_FALSE(is_impostor(20));
  snapshot_.listeners.pop_back();
  EXPECT_THAT(names(), ElementsAre("postgres"));
  EXPECT_TRUE(is_impostor(20));
  EXPECT_FALSE(is_impostor(10));
}

TEST_F(ServersOfSeveralUsers, WhoMayHaveASocketIsAServer) {
  snapshot_.listeners.pop_back();
  ListenerSample of_no_tier;
  of_no_tier.reading.uid = kPerson;
  snapshot_.listeners.push_back(of_no_tier);
  EXPECT_FALSE(is_impostor(20)) << "whose that is, is not known";
  snapshot_.listeners.pop_back();
  snapshot_.edges = {{.from = SocketOwner{.tier = 0, .instance = 20, .user = kPerson}}};
  EXPECT_FALSE(is_impostor(20)) << "it works for others, as one that takes jobs from a queue";
  snapshot_.edges = {{.from_one_of = {0}, .from_user = kPerson}};
  EXPECT_FALSE(is_impostor(20));
  snapshot_.edges[0].from_user = 4711;
  EXPECT_TRUE(is_impostor(20));
}

TEST_F(ServersOfSeveralUsers, WhoseDescriptorsShowNoSocketHasNoneWhateverItsUserHas) {
  snapshot_.listeners.pop_back();
  ListenerSample of_no_tier;
  of_no_tier.reading.uid = kPerson;
  snapshot_.listeners.push_back(of_no_tier);
  snapshot_.edges = {{.from_one_of = {0}, .from_user = kPerson}};
  std::vector<ProcessSocketsReading> seen;
  for (const ProcessSample& process : snapshot_.processes) seen.push_back({process.reading.id});
  const auto is_impostor = [&](pid_t root) {
    return Instances(snapshot_, seen).is_impostor({.tier = 0, .role = 1, .instance = root});
  };
  EXPECT_TRUE(is_impostor(20));
  for (ProcessSocketsReading& sockets : seen) sockets.peers = {{.peer = "10.0.0.9:25"}};
  EXPECT_FALSE(is_impostor(20)) << "it works for others";
  seen.pop_back();
  EXPECT_FALSE(is_impostor(20)) << "of one process it is not seen";
}

TEST_F(ServersOfSeveralUsers, WhatRootAServiceOrAContainerStartedIsNoImpostor) {
  snapshot_.listeners.pop_back();
  ProcessReading& root = snapshot_.processes[2].reading;
  root.cgroup = "/docker/" + std::string(64, 'a');
  EXPECT_FALSE(is_impostor(20));
  root.cgroup = "/system.slice/jobs.service";
  EXPECT_FALSE(is_impostor(20));
  root.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/jobs.service";
  EXPECT_TRUE(is_impostor(20));
  root.uid = 0;
  EXPECT_FALSE(is_impostor(20));
}

TEST_F(ServersOfSeveralUsers, AListenerThatMayBeAnybodysIsKnownAsSuch) {
  EXPECT_FALSE(Instances(snapshot_).has_listeners_of_nobody(0));
  snapshot_.listeners[0].reading.owner = SocketOwner{.tier = 0};
  EXPECT_TRUE(Instances(snapshot_).has_listeners_of_nobody(0));
}

}  // namespace
}  // namespace tierwatch
