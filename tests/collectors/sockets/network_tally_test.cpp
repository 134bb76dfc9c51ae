// SPDX-License-Identifier: MIT
//
// Connections between network namespaces: the host (0), an application in 1, a database in 2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "collectors/sockets/connection_tally.h"
#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr NetworkId kHost = 0, kApp = 1, kDatabase = 2;

Endpoint host(std::uint16_t port) { return endpoint(10, 0, 0, 1, port); }
Endpoint app(std::uint16_t port) { return endpoint(10, 0, 0, 2, port); }
Endpoint database(std::uint16_t port) { return endpoint(10, 0, 0, 3, port); }
Endpoint any(std::uint16_t port) { return endpoint(0, 0, 0, 0, port); }

class NetworkTally : public testing::Test {
 protected:
  NetworkTally() {
    for (const auto& [pid, network] : {std::pair("self", "host"), std::pair("1", "host"),
                                       std::pair("2", "app"), std::pair("3", "database")}) {
      const std::string file = std::string("networks/") + network;
      if (!exists(fake_.root() / file)) fake_.write(file, "");
      fake_.make_directory(std::string("proc/") + pid + "/net");
      std::filesystem::create_hard_link(fake_.root() / file,
                                        fake_.root() / "proc" / pid / "net/unix");
    }
    processes_ = {stack_process(1, kNginx, kWwwData), stack_process(2, kUwsgi, kWwwData),
                  stack_process(3, kPostgres, kWwwData)};
    for (ProcessReading& process : processes_) process.member->instance = process.id.pid;
    networks_.update({.monotonic = seconds(1), .boot = seconds(100'000)}, processes_);
    owners_.update(seconds(1), processes_, networks_);
  }

  std::size_t listener(NetworkId network, Endpoint at, uid_t uid = kRoot) {
    Listener one{.reading = {.family = SocketFamily::kTcp4,
                             .address = to_string(at, SocketFamily::kTcp4),
                             .port = at.port,
                             .uid = uid},
                 .network = network,
                 .local = at};
    if (network != kHost) one.reading.network = network == kApp ? "app" : "db";
    one.reading.in_service = 0;
    one.reading.owner = owners_.of_listener(one);
    listeners_.push_back(one);
    return listeners_.size() - 1;
  }
  TcpConnection& tcp(NetworkId network, Endpoint from, Endpoint to, uid_t uid = kWwwData) {
    tables_[network].tcp.push_back({.local = from, .remote = to, .inode = ++inodes_, .uid = uid});
    return tables_[network].tcp.back();
  }
  /// Both ends; what the server sees of both may be rewritten.
  void connected(NetworkId client, Endpoint from, Endpoint to, NetworkId server, Endpoint server_at,
                 std::optional<Endpoint> client_seen = {}) {
    tcp(client, from, to);
    tcp(server, server_at, client_seen.value_or(from), kRoot);
  }
  std::vector<std::string> edges() {
    std::vector<std::string> all;
    const std::vector<NetworkConnections> lists{
        {kHost, &tables_[kHost]}, {kApp, &tables_[kApp]}, {kDatabase, &tables_[kDatabase]}};
    reading_ = tally_connections(listeners_, {lists, addresses_, relays_}, owners_);
    for (const EdgeReading& edge : reading_.edges) {
      std::string text = edge.from         ? std::to_string(edge.from->tier)
                         : edge.from_local ? "?"
                                           : "far";
      text += ">" + (edge.to ? std::to_string(*edge.to) : "") + " " + edge.peer;
      all.push_back(text + " " + std::to_string(edge.connections));
    }
    return all;
  }

  FakeProc fake_;
  ProcFs files_{fake_.root()};
  NetworkBook networks_{files_};
  SocketOwners owners_{files_, stack_rules()};
  std::vector<ProcessReading> processes_;
  std::vector<Listener> listeners_;
  std::array<ConnectionTable, 3> tables_;
  NetworkAddresses addresses_;
  std::vector<PortRelay> relays_;
  SocketReading reading_;
  std::uint64_t inodes_ = 100;
};

TEST_F(NetworkTally, AListenerIsOfTheTierThatLivesInItsNamespaceAlone) {
  const auto uwsgi = listener(kApp, any(8000)), postgres = listener(kDatabase, any(6000));
  EXPECT_EQ(listeners_[uwsgi].reading.owner,
            (SocketOwner{kUwsgi, OwnerSource::kNetwork, 2, kWwwData}));
  EXPECT_EQ(listeners_[postgres].reading.owner,
            (SocketOwner{kPostgres, OwnerSource::kNetwork, 3, kWwwData}));
  EXPECT_FALSE(listeners_[listener(kHost, any(8000))].reading.owner);
}

TEST_F(NetworkTally, AnAddressPatternCountsWhereTheTierLivesOnly) {
  EXPECT_EQ(listeners_[listener(kDatabase, any(5432))].reading.owner,
            (SocketOwner{kPostgres, OwnerSource::kAddress, 3, kWwwData}));
  EXPECT_FALSE(listeners_[listener(kHost, any(5432))].reading.owner);
}

TEST_F(NetworkTally, TheWayGoesThroughNamespacesByTheirAddresses) {
  listener(kHost, any(80));
  const auto uwsgi = listener(kApp, any(8000)), postgres = listener(kDatabase, any(5432));
  connected(kHost, host(40001), app(8000), kApp, app(8000));
  connected(kApp, app(40001), database(5432), kDatabase, database(5432));
  EXPECT_THAT(edges(), ElementsAre("0>1 10.0.0.2:8000 1", "1>2 10.0.0.3:5432 1"));
  EXPECT_EQ(listeners_[uwsgi].reading.in_service, 1u);
  EXPECT_EQ(listeners_[postgres].reading.in_service, 1u);
  EXPECT_EQ(reading_.edges[0].to_instance, 2);
}

TEST_F(NetworkTally, OneAddressAndPortInTwoNamespacesAreTwoServers) {
  const auto first = listener(kApp, any(5432)), second = listener(kDatabase, any(5432));
  tcp(kApp, local(40001), local(5432));
  tcp(kApp, local(5432), local(40001), kRoot);
  tcp(kDatabase, local(5432), local(40001), kRoot);
  edges();
  EXPECT_EQ(listeners_[first].reading.in_service, 1u);
  EXPECT_EQ(listeners_[second].reading.in_service, 1u);
  EXPECT_EQ(reading_.edges.size(), 1u) << "the other's client is not listed";
}

TEST_F(NetworkTally, AServerThatNoTierKnowsIsCalledByTheAddressThatIsAsked) {
  processes_.push_back(stack_process(4, std::nullopt, kSomebody));
  listener(kHost, any(2525), kSomebody);
  connected(kApp, app(40001), host(2525), kHost, host(2525));
  EXPECT_THAT(edges(), ElementsAre("1> 10.0.0.1:2525 1"));
}

TEST_F(NetworkTally, SoIsOneInTheNamespaceOfItsClient) {
  listener(kApp, app(6379), kSomebody);
  listeners_.back().reading.owner.reset();
  connected(kApp, app(40001), app(6379), kApp, app(6379));
  EXPECT_THAT(edges(), ElementsAre("1> 10.0.0.2:6379 1"));
}

TEST_F(NetworkTally, AnAddressThatOnlyConnectsInVainIsKnownFromTheAddressBook) {
  listener(kDatabase, any(5432));
  tcp(kApp, app(40001), database(5432));
  EXPECT_THAT(edges(), ElementsAre("1> 10.0.0.3:5432 1"));
  addresses_.add(kDatabase, database(0).address);
  EXPECT_THAT(edges(), ElementsAre("1>2 10.0.0.3:5432 1"));
}

TEST_F(NetworkTally, ADestinationThatIsRewrittenIsFoundByTheClientsEnd) {
  listener(kDatabase, any(5432));
  const Endpoint service = endpoint(10, 96, 0, 10, 5432);
  connected(kApp, app(40001), service, kDatabase, database(5432));
  EXPECT_THAT(edges(), ElementsAre("1>2 10.96.0.10:5432 1"));
}

TEST_F(NetworkTally, AnotherConnectionOfTheSamePortIsNotTakenForARewrittenOne) {
  listener(kDatabase, any(5432));
  connected(kApp, app(40001), database(5432), kDatabase, database(5432));
  tcp(kApp, app(40001), endpoint(8, 8, 8, 8, 25));
  EXPECT_THAT(edges(), ElementsAre("1> 8.8.8.8:25 1", "1>2 10.0.0.3:5432 1"));
}

TEST_F(NetworkTally, AMasqueradedClientIsKnownToNobody) {
  const auto postgres = listener(kDatabase, any(5432));
  connected(kApp, app(40001), endpoint(10, 96, 0, 10, 5432), kDatabase, database(5432),
            host(50001));
  EXPECT_THAT(edges(), ElementsAre("far>2 0.0.0.0:5432 in db 1", "1> 10.96.0.10:5432 1"));
  EXPECT_EQ(listeners_[postgres].reading.in_service, 1u);
}

/// Containers of slirp4netns are all 10.0.2.100.
TEST_F(NetworkTally, OfTwoThatHaveAnAddressBothEndsDecide) {
  const Endpoint shared = endpoint(10, 0, 2, 100, 5432);
  listener(kDatabase, any(5432));
  addresses_.add(kHost, shared.address);
  addresses_.add(kDatabase, shared.address);
  tcp(kApp, app(40001), shared);
  EXPECT_THAT(edges(), ElementsAre("1> 10.0.2.100:5432 1"));
  tcp(kDatabase, shared, app(40001), kRoot);
  EXPECT_THAT(edges(), ElementsAre("1>2 10.0.2.100:5432 1"));
}

class PublishedPort : public NetworkTally {
 protected:
  PublishedPort() {
    listener(kHost, any(8080));
    listener(kApp, any(80));
    relays_ = {{.published = any(8080), .target = app(80), .network = kHost, .uid = kRoot}};
    tcp(kHost, host(41000), app(80), kRoot);
    tcp(kApp, app(80), host(41000), kRoot);
  }
};

TEST_F(PublishedPort, WhoConnectsToARelayWaitsForWhoeverListensBehind) {
  tcp(kHost, local(40001), local(8080));
  tcp(kHost, local(8080), local(40001), kRoot);
  EXPECT_THAT(edges(), ElementsAre("0>1 127.0.0.1:8080 1"));
}

TEST_F(PublishedPort, SoDoesWhoComesFromFarAway) {
  tcp(kHost, host(8080), endpoint(192, 0, 2, 7, 40001), kRoot);
  EXPECT_THAT(edges(), ElementsAre("far>1 0.0.0.0:80 in app 1"));
}

TEST_F(PublishedPort, NobodySpeaksForSocketsOfAnotherUser) {
  relays_[0].uid = kSomebody;
  tcp(kHost, local(40001), local(8080));
  tcp(kHost, local(8080), local(40001), kRoot);
  EXPECT_THAT(edges(), ElementsAre("?>1 10.0.0.2:80 1", "0> 0.0.0.0:8080 1"));
}

TEST_F(PublishedPort, OfAContainerThatIsNotWatchedIsCalledByItsAddress) {
  relays_[0].target = endpoint(10, 0, 0, 77, 80);
  tcp(kHost, local(40001), local(8080));
  EXPECT_THAT(edges(), testing::Contains("0> 10.0.0.77:80 1"));
}

/// nginx at the host tells times, uwsgi's namespace is read from /proc, where none are told.
TEST_F(NetworkTally, TimesThatOneNamespaceDoesNotTellAreMissedThereOnly) {
  const auto nginx = listener(kHost, any(80)), uwsgi = listener(kApp, any(8000));
  TcpConnection& client = tcp(kHost, host(80), endpoint(192, 0, 2, 7, 1));
  client.owes_answer = Owes::kYes;
  client.heard_ago = milliseconds(700);
  TcpConnection& asked = tcp(kHost, host(40001), app(8000));
  asked.awaits_answer = true;
  asked.sent_ago = milliseconds(690);
  tcp(kApp, app(8000), host(40001), kRoot);
  tcp(kApp, app(40001), endpoint(8, 8, 8, 8, 25));
  edges();
  EXPECT_EQ(listeners_[nginx].reading.owed, 1u);
  EXPECT_FALSE(listeners_[uwsgi].reading.owed);
  for (const EdgeReading& edge : reading_.edges) {
    if (!edge.from) continue;
    EXPECT_EQ(edge.awaiting,
              edge.from->tier == kNginx ? std::optional<std::uint64_t>(1) : std::nullopt);
  }
}

/// A path leads from one namespace to another, an abstract name does not.
TEST_F(NetworkTally, SocketsWithAPathAreFoundFromOtherNamespaces) {
  for (const char* name : {"/run/uwsgi/app.sock", "@abstract"}) {
    Listener one{.reading = {.family = SocketFamily::kUnix, .address = name, .network = "app"},
                 .network = kApp};
    one.reading.in_service = 0;
    one.reading.owner = SocketOwner{kUwsgi, OwnerSource::kAddress, 2};
    listeners_.push_back(one);
    tables_[kHost].add_unix({.inode = ++inodes_, .peer_inode = inodes_ + 1, .uid = kWwwData}, "");
    tables_[kHost].add_unix({.inode = ++inodes_, .peer_inode = inodes_ - 1, .uid = kRoot}, name);
  }
  EXPECT_THAT(edges(), ElementsAre("0>1 /run/uwsgi/app.sock in app 1"));
}

class ListenersOfTwo : public testing::Test {
 protected:
  void look(nanoseconds at, NetworkName network, std::uint32_t queue,
            std::optional<std::uint32_t> drops = 0) {
    const ListenerSocket socket{.cookie = 7,
                                .inode = 70 + network.id,
                                .local = any(80),
                                .queue_length = queue,
                                .queue_limit = 10,
                                .drops = drops};
    book_.add(at, SocketFamily::kTcp4, std::span(&socket, 1), network);
  }
  std::vector<ListenerReading> take(nanoseconds at) {
    std::vector<ListenerReading> all;
    for (const Listener& one : book_.take(at))
      if (one.listening) all.push_back(one.reading);
    return all;
  }
  const NetworkName a_{1, "a"}, b_{2, "b"};
  ListenerBook book_;
};

TEST_F(ListenersOfTwo, OneAddressAndCookieInTwoNamespacesAreTwoListeners) {
  look(seconds(1), a_, 3);
  look(seconds(1), b_, 5);
  const auto all = take(seconds(1));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(full_address(all[0]), "0.0.0.0:80 in a");
  EXPECT_EQ(all[0].queue_length, 3u);
  EXPECT_EQ(all[1].queue_length, 5u);
}

TEST_F(ListenersOfTwo, ANamespaceThatHasGoneHasNoListenersAndItsTotalsGoOnWithItsName) {
  look(seconds(1), a_, 3);
  look(seconds(1), b_, 3);
  book_.close(a_);
  EXPECT_EQ(take(seconds(2)).size(), 1u);
  look(seconds(3), {9, "a"}, 4);
  const auto all = take(seconds(3));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].samples, 2u);
}

TEST_F(ListenersOfTwo, NoneHasLostMoreThanItsNamespaceCounts) {
  const auto drops = [&] { return take(seconds(9)).front().drops; };
  look(seconds(1), a_, 0, 100);
  book_.count_lost(a_, 40);
  EXPECT_EQ(drops(), 0u);
  look(seconds(2), a_, 0, 110);
  book_.count_lost(a_, 43);
  EXPECT_EQ(drops(), 3u);
  look(seconds(3), a_, 0, 112);
  book_.count_lost(a_, 50);
  EXPECT_EQ(drops(), 5u);
}

TEST_F(ListenersOfTwo, WhatDoesNotCountItselfHasLostAllIfItIsTheOnlyOne) {
  look(seconds(1), a_, 0, {});
  EXPECT_FALSE(take(seconds(1)).front().drops);
  book_.count_lost(a_, 40);
  EXPECT_EQ(take(seconds(1)).front().drops, 0u);
  book_.count_lost(a_, 45);
  EXPECT_EQ(take(seconds(1)).front().drops, 5u);
  const ListenerSocket another{.cookie = 8, .inode = 99, .local = any(81)};
  book_.add(seconds(2), SocketFamily::kTcp6, std::span(&another, 1), a_);
  book_.count_lost(a_, 90);
  EXPECT_EQ(take(seconds(2)).front().drops, 5u);
}

}  // namespace
}  // namespace tierwatch
