// SPDX-License-Identifier: MIT
//
// Who waits for whom between hosts: addresses, and verdicts followed over them.
#include "analysis/hosts/host_chain.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

WatchedHost host(std::string name, std::vector<std::string> addresses,
                 std::vector<ServedAddress> served = {}) {
  WatchedHost one;
  one.name = name;
  one.instance = name + ":9718";
  one.addresses = std::move(addresses);
  one.served = std::move(served);
  return one;
}

WatchedHosts with(std::vector<WatchedHost> hosts) {
  WatchedHosts all;
  all.hosts = std::move(hosts);
  return all;
}

TEST(PeerPlaces, APeerIsTheTierThatListensThere) {
  const WatchedHosts all = with(
      {host("app1", {"10.0.0.2"}, {{"nginx", "0.0.0.0:80", ""}}),
       host("db1", {"10.0.0.3"}, {{"postgres", "10.0.0.3:5432", ""}, {"redis", "[::]:6379", ""}})});
  const PeerPlaces places(all);
  EXPECT_EQ(places.find("10.0.0.3:5432"), (HostPlace{1, "postgres"}));
  EXPECT_EQ(places.find("[::ffff:10.0.0.3]:6379"), (HostPlace{1, "redis"})) << "all addresses";
  EXPECT_EQ(places.find("10.0.0.2:80"), (HostPlace{0, "nginx"}));
  EXPECT_EQ(places.find("10.0.0.3:25"), (HostPlace{1, ""})) << "nobody known";
  EXPECT_EQ(places.find("10.0.0.9:5432"), std::nullopt);
  EXPECT_EQ(places.find("/run/app.sock"), std::nullopt);
  EXPECT_EQ(places.find("other"), std::nullopt);
}

TEST(PeerPlaces, AnAddressThatSeveralHaveIsNobodys) {
  const WatchedHosts all = with({host("a", {"10.0.0.2", "172.17.0.1"}), host("b", {"172.17.0.1"})});
  const PeerPlaces places(all);
  EXPECT_EQ(places.find("172.17.0.1:80"), std::nullopt);
  EXPECT_FALSE(places.hides(0));
  EXPECT_TRUE(places.hides(1));
}

TEST(PeerPlaces, TheInstanceIsAnAddressTooWhereItIsANumber) {
  WatchedHosts all = with({host("10.0.0.7", {}), host("db1", {})});
  const PeerPlaces places(all);
  EXPECT_EQ(places.find("10.0.0.7:80"), (HostPlace{0, ""}));
  EXPECT_TRUE(places.hides(1)) << "names are not looked up";
}

TEST(PeerPlaces, APortOfAContainerCountsWhereOneTierHasIt) {
  WatchedHosts all = with({host("a", {"10.0.0.2"}, {{"uwsgi", "172.17.0.2:8000", "shop"}})});
  EXPECT_EQ(PeerPlaces(all).find("10.0.0.2:8000"), (HostPlace{0, "uwsgi"}));
  all.hosts[0].served.push_back({"node", "172.17.0.3:8000", "blog"});
  EXPECT_EQ(PeerPlaces(all).find("10.0.0.2:8000"), (HostPlace{0, ""}));
}

/// A host whose daemon names a tier, and whose first tier waits for a peer.
struct Said {
  HostTick tick;
  Said& names(std::string tier, Resource resource, double in_hand = 6) {
    tick.state = VerdictState::kSaturated;
    tick.in_hand[tier] = in_hand;
    tick.named = TierResource{std::move(tier), resource};
    return *this;
  }
  Said& waits(const std::string& tier, std::string peer, double requests, double taken_on) {
    tick.awaited.push_back({tier, std::move(peer), requests});
    tick.taken_on[tier] = taken_on;
    return *this;
  }
  Said& passes(const std::string& from, const std::string& to) {
    TierFacts tier;
    tier.name = from;
    tier.peers = std::vector<PeerFacts>{PeerFacts{.name = to, .watched = true}};
    tick.facts.tiers.push_back(tier);
    return *this;
  }
};

/// Two application servers and their database.
class Chain : public ::testing::Test {
 protected:
  std::vector<FullPlace> places(const std::vector<const HostTick*>& ticks) const {
    return full_places(ticks, places_);
  }

  const WatchedHosts all_ = with({host("app1", {"10.0.0.1"}), host("app2", {"10.0.0.2"}),
                                  host("db1", {"10.0.0.3"},
                                       {{"postgres", "0.0.0.0:5432", ""},
                                        {"pgbouncer", "0.0.0.0:6432", ""},
                                        {"redis", "0.0.0.0:6379", ""}})});
  const PeerPlaces places_{all_};
  Said app1_, app2_, db_;
};

TEST_F(Chain, EndsWhereTheRequestsAreInTheEnd) {
  app1_.names("uwsgi", Resource::kWorkers, 40).waits("uwsgi", "10.0.0.3:5432", 5.9, 6);
  app2_.waits("uwsgi", "10.0.0.3:5432", 3, 4).tick.state = VerdictState::kClear;
  db_.names("postgres", Resource::kLock);
  const auto full = places({&app1_.tick, &app2_.tick, &db_.tick});
  ASSERT_THAT(full, SizeIs(1));
  EXPECT_EQ(full[0].place, (HostPlace{2, "postgres"}));
  EXPECT_EQ(full[0].resource, Resource::kLock);
  EXPECT_THAT(full[0].waiters, ElementsAre(HostPlace{0, "uwsgi"}, HostPlace{1, "uwsgi"}));
}

TEST_F(Chain, StaysWhereItIsWhenNothingIsFullThere) {
  app1_.names("uwsgi", Resource::kWorkers).waits("uwsgi", "10.0.0.3:5432", 5.9, 6);
  db_.tick.state = VerdictState::kClear;
  const auto full = places({&app1_.tick, nullptr, &db_.tick});
  ASSERT_THAT(full, SizeIs(1));
  EXPECT_EQ(full[0].place, (HostPlace{0, "uwsgi"}));
}

TEST_F(Chain, ATierThatOnlyPassesRequestsOnLeadsToTheOneBehindIt) {
  app1_.names("uwsgi", Resource::kWorkers).waits("uwsgi", "10.0.0.3:6432", 6, 6);
  db_.names("postgres", Resource::kCpu).passes("pgbouncer", "postgres");
  const auto full = places({&app1_.tick, nullptr, &db_.tick});
  ASSERT_THAT(full, SizeIs(1));
  EXPECT_EQ(full[0].place, (HostPlace{2, "postgres"}));
}

TEST_F(Chain, AnotherTierOfThatHostIsAnotherMatter) {
  app1_.names("uwsgi", Resource::kWorkers, 9).waits("uwsgi", "10.0.0.3:5432", 6, 6);
  db_.names("redis", Resource::kThread, 3);
  const auto full = places({&app1_.tick, nullptr, &db_.tick});
  ASSERT_THAT(full, SizeIs(2));
  EXPECT_EQ(full[0].place, (HostPlace{0, "uwsgi"})) << "more requests in hand";
  EXPECT_EQ(full[1].place, (HostPlace{2, "redis"}));
}

TEST_F(Chain, AFewRequestsThatWaitElsewhereAreNoReason) {
  app1_.names("uwsgi", Resource::kCpu).waits("uwsgi", "10.0.0.3:5432", 1, 6);
  db_.names("postgres", Resource::kCpu);
  EXPECT_THAT(places({&app1_.tick, nullptr, &db_.tick}), SizeIs(2));
}

TEST_F(Chain, HostsThatWaitForEachOtherEndNowhere) {
  app1_.names("nginx", Resource::kConnections).waits("nginx", "10.0.0.3:5432", 6, 6);
  db_.names("postgres", Resource::kLock).waits("postgres", "10.0.0.1:80", 6, 6);
  WatchedHosts ring = all_;
  ring.hosts[0].served = {{"nginx", "10.0.0.1:80", ""}};
  const PeerPlaces places(ring);
  const std::vector<const HostTick*> ticks{&app1_.tick, nullptr, &db_.tick};
  EXPECT_THAT(full_places(ticks, places), SizeIs(2));
}

TEST_F(Chain, NothingIsKnownOfNobody) {
  EXPECT_THAT(places({nullptr, nullptr, nullptr}), IsEmpty());
}

}  // namespace
}  // namespace tierwatch
