// SPDX-License-Identifier: MIT
#include "collectors/sockets/connection_tally.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using testing::Test;

class ConnectionTally : public Test {
 protected:
  ConnectionTally() {
    tcp_listener(endpoint(0, 0, 0, 0, 80), kNginx);
    unix_listener("/run/uwsgi/app.sock", kUwsgi);
    tcp_listener(local(5432), kPostgres);
    processes_ = {stack_process(1, kNginx, kWwwData), stack_process(2, kUwsgi, kWwwData),
                  stack_process(3, kPostgres, kPostgresUser)};
  }

  void add_listener(Listener listener, std::optional<std::uint16_t> tier) {
    if (tier) listener.reading.owner = SocketOwner{*tier, OwnerSource::kAddress};
    listener.reading.in_service = 0;
    listeners_.push_back(std::move(listener));
  }
  void tcp_listener(Endpoint at, std::optional<std::uint16_t> tier,
                    SocketFamily family = SocketFamily::kTcp4) {
    add_listener({.reading = {.family = family, .address = to_string(at, family), .port = at.port},
                  .local = at},
                 tier);
  }
  void unix_listener(const std::string& path, std::optional<std::uint16_t> tier) {
    add_listener({.reading = {.family = SocketFamily::kUnix, .address = path}}, tier);
  }

  /// One end of a TCP connection.
  void tcp(Endpoint from, Endpoint to, std::uint64_t inode, uid_t uid = kSomebody,
           SocketFamily family = SocketFamily::kTcp4) {
    table_.tcp.push_back(
        {.local = from, .remote = to, .inode = inode, .uid = uid, .family = family});
  }
  /// Both ends of a UNIX connection; the server's end is accepted unless `server` is 0.
  void unix_pair(std::uint64_t client, std::uint64_t server, uid_t uid, const std::string& path) {
    table_.add_unix({.inode = client, .peer_inode = server, .uid = uid}, "");
    if (server != 0) table_.add_unix({.inode = server, .peer_inode = client, .uid = 0}, path);
  }

  void learn() {
    networks_.update({.monotonic = std::chrono::seconds(1)}, processes_);
    owners_.update(std::chrono::seconds(1), processes_, networks_);
  }
  TallyInput input() { return {lists_, {}, {}}; }
  SocketReading tally() {
    learn();
    for (Listener& listener : listeners_) {
      listener.reading.in_service = 0;
      listener.reading.owed.reset();
      listener.reading.unread = 0;
    }
    return tally_connections(listeners_, input(), owners_);
  }
  std::optional<std::uint64_t> owed(std::size_t listener) {
    return listeners_[listener].reading.owed;
  }
  std::optional<std::uint64_t> in_service(std::size_t listener) {
    return listeners_[listener].reading.in_service;
  }

  FakeProc fake_;
  ProcFs files_{fake_.root()};
  NetworkBook networks_{files_};
  SocketOwners owners_{files_, stack_rules()};
  std::vector<ProcessReading> processes_;
  std::vector<Listener> listeners_;
  ConnectionTable table_;
  const std::vector<NetworkConnections> lists_{{kOwnNetwork, &table_}};
};

std::string shown(const EdgeReading& edge) {
  std::string text = edge.from ? std::to_string(edge.from->tier) : "";
  for (const auto tier : edge.from_one_of) text += std::to_string(tier) + "?";
  if (text.empty()) text = edge.from_local ? "local" : "far";
  text += ">" + (edge.to ? std::to_string(*edge.to) : "") + " " + edge.peer;
  return text + " " + std::to_string(edge.connections);
}
std::vector<std::string> shown(const std::vector<EdgeReading>& edges) {
  std::vector<std::string> texts;
  for (const EdgeReading& edge : edges) texts.push_back(shown(edge));
  std::sort(texts.begin(), texts.end());
  return texts;
}
using Edges = std::vector<std::string>;

TEST_F(ConnectionTally, OnlyAcceptedConnectionsAreInService) {
  tcp(local(5432), local(50001), 501);
  tcp(local(5432), local(50002), 0);  // not accepted
  unix_pair(601, 602, kWwwData, "/run/uwsgi/app.sock");
  unix_pair(603, 0, kWwwData, "/run/uwsgi/app.sock");
  tally();
  EXPECT_EQ(in_service(2), 1u);
  EXPECT_EQ(in_service(1), 1u);
  EXPECT_EQ(in_service(0), 0u);
}

TEST_F(ConnectionTally, UnixEdgesFollowFromThePeersInode) {
  unix_pair(601, 602, kWwwData, "/run/uwsgi/app.sock");
  unix_pair(603, 604, kWwwData, "/run/uwsgi/app.sock");
  EXPECT_EQ(shown(tally().edges), Edges{"0>1 /run/uwsgi/app.sock 2"});
}

TEST_F(ConnectionTally, LocalTcpConnectionsAreCountedOnceByTheClientsEnd) {
  processes_[0].uid = kSomebody;  // else www-data is nginx or uwsgi
  tcp(local(50001), local(5432), 701, kWwwData);
  tcp(local(5432), local(50001), 501, kPostgresUser);
  EXPECT_EQ(shown(tally().edges), Edges{"1>2 127.0.0.1:5432 1"});
}

TEST_F(ConnectionTally, AnEdgeTellsHowManyOfItsClientsAwaitAnAnswer) {
  processes_[0].uid = kSomebody;
  for (std::uint16_t port = 50001; port <= 50003; ++port) {
    tcp(local(port), local(5432), port, kWwwData);
    table_.tcp.back().awaits_answer = port != 50002;
  }
  EXPECT_EQ(tally().edges.at(0).awaiting, 2u);
  table_.tcp.back().awaits_answer.reset();
  EXPECT_EQ(tally().edges.at(0).awaiting, std::nullopt) << "not known of all";
}

using std::chrono::milliseconds;

TEST_F(ConnectionTally, KeepAliveConnectionsAreInServiceAndOwedNothing) {
  for (std::uint16_t port = 1; port <= 3; ++port) {
    tcp(local(5432), endpoint(10, 0, 0, 5, port), port);
    table_.tcp.back().owes_answer = port == 2 ? Owes::kYes : Owes::kNo;
  }
  tally();
  EXPECT_EQ(in_service(2), 3u);
  EXPECT_EQ(owed(2), 1u);
  table_.tcp.back().owes_answer = Owes::kUntold;
  tally();
  EXPECT_EQ(owed(2), std::nullopt) << "not told of all";
}

TEST_F(ConnectionTally, WithinOneTickTheClientsEndDecides) {
  for (std::uint16_t port = 50001; port <= 50002; ++port) {
    tcp(local(5432), local(port), port);
    table_.tcp.back().owes_answer = Owes::kMaybe;
    tcp(local(port), local(5432), port + 100u, kWwwData);
    table_.tcp.back().awaits_answer = port == 50001;
  }
  tally();
  EXPECT_EQ(owed(2), 1u);
}

TEST_F(ConnectionTally, WithinOneTickTheServersEndDecides) {
  processes_[0].uid = kSomebody;
  for (std::uint16_t port = 50001; port <= 50002; ++port) {
    tcp(local(5432), local(port), port);
    table_.tcp.back().owes_answer = port == 50001 ? Owes::kYes : Owes::kNo;
    tcp(local(port), local(5432), port + 100u, kWwwData);
    table_.tcp.back().awaits_answer = false;
    table_.tcp.back().may_await = true;
  }
  EXPECT_EQ(tally().edges.at(0).awaiting, 1u);
}

/// A request of 300 ms at the server on port 80, and two connections of the same to a database.
TEST_F(ConnectionTally, AWaitThatIsOlderThanEveryRequestIsInTheBackground) {
  listeners_.erase(listeners_.begin() + 1);  // nothing over UNIX
  processes_[1].member->tier = kNginx;
  tcp(endpoint(10, 0, 0, 1, 80), endpoint(10, 0, 0, 5, 4000), 801);
  table_.tcp.back().owes_answer = Owes::kYes;
  table_.tcp.back().heard_ago = milliseconds(300);
  for (const int age : {290, 5000}) {
    tcp(local(static_cast<std::uint16_t>(50000 + age % 1000)), local(5432),
        700u + static_cast<unsigned>(age), kWwwData);
    table_.tcp.back().awaits_answer = true;
    table_.tcp.back().sent_ago = milliseconds(age);
  }
  tcp(local(5432), local(1), 999);
  table_.tcp.back().owes_answer = Owes::kNo;
  const auto edges = tally().edges;
  const auto edge = std::ranges::find_if(edges, [](const auto& one) { return one.from_local; });
  ASSERT_NE(edge, edges.end());
  EXPECT_EQ(edge->awaiting, 1u);
  EXPECT_EQ(edge->background, 1u);
}

TEST_F(ConnectionTally, WaitsOfWhoListensNowhereAreItsWork) {
  processes_[0].uid = kSomebody;
  listeners_.erase(listeners_.begin() + 1);
  tcp(local(50001), local(5432), 701, kWwwData);
  table_.tcp.back().awaits_answer = true;
  table_.tcp.back().sent_ago = milliseconds(90000);
  EXPECT_EQ(tally().edges.at(0).awaiting, 1u);
}

TEST_F(ConnectionTally, AClientThatWaitsToBeAcceptedIsAnEdgeToo) {
  processes_[0].uid = kSomebody;
  tcp(local(50001), local(5432), 701, kWwwData);
  tcp(local(5432), local(50001), 0);
  EXPECT_EQ(shown(tally().edges), Edges{"1>2 127.0.0.1:5432 1"});
}

TEST_F(ConnectionTally, AmbiguousClientsNameTheTiersTheyMayBe) {
  tcp(local(50001), local(5432), 701, kWwwData);
  EXPECT_EQ(shown(tally().edges), Edges{"0?1?>2 127.0.0.1:5432 1"});
}

TEST_F(ConnectionTally, PeersThatAreNoTierAreNamedByHostAndPort) {
  processes_[0].uid = kSomebody;
  for (std::uint16_t port = 50001; port <= 50003; ++port)
    tcp(endpoint(10, 0, 0, 5, port), endpoint(10, 0, 0, 9, 25), port, kWwwData);
  tcp(local(50001), local(11211), 800, kWwwData);  // a local server that is not watched
  tcp_listener(local(11211), std::nullopt);
  const SocketReading reading = tally();
  EXPECT_EQ(shown(reading.edges), (Edges{"1> 10.0.0.9:25 3", "1> 127.0.0.1:11211 1"}));
  EXPECT_TRUE(reading.edges[0].from_local);
}

TEST_F(ConnectionTally, ClientsFromAfarAndStrangersOnThisMachineAreToldApart) {
  tcp(endpoint(10, 0, 0, 5, 80), endpoint(192, 0, 2, 1, 40001), 901);
  tcp(endpoint(10, 0, 0, 5, 80), endpoint(192, 0, 2, 2, 40002), 902);
  tcp(local(80), local(40003), 903);
  tcp(local(40003), local(80), 904, kRoot);  // a load generator
  EXPECT_EQ(shown(tally().edges), (Edges{"far>0 0.0.0.0:80 2", "local>0 0.0.0.0:80 1"}));
  EXPECT_EQ(in_service(0), 3u);
}

TEST_F(ConnectionTally, ARemoteServerOnAPortWeListenOnIsNotOurs) {
  processes_[0].uid = kSomebody;
  tcp(endpoint(10, 0, 0, 5, 50001), endpoint(10, 0, 0, 9, 80), 701, kWwwData);
  EXPECT_EQ(shown(tally().edges), Edges{"1> 10.0.0.9:80 1"});
}

TEST_F(ConnectionTally, AConnectionBetweenStrangersIsNoEdge) {
  tcp(local(50001), endpoint(192, 0, 2, 1, 443), 701, kRoot);
  EXPECT_TRUE(tally().edges.empty());
}

TEST_F(ConnectionTally, AnExactAddressTakesItsConnectionsFromTheWildcard) {
  tcp_listener(local(80), kUwsgi);
  tcp(local(80), local(50001), 501);
  tcp(endpoint(10, 0, 0, 5, 80), endpoint(192, 0, 2, 1, 40001), 502);
  tally();
  EXPECT_EQ(in_service(3), 1u);
  EXPECT_EQ(in_service(0), 1u);
}

TEST_F(ConnectionTally, IPv6WildcardServesMappedConnectionsOfItsOwnFamily) {
  tcp_listener({.port = 8080}, kUwsgi, SocketFamily::kTcp6);
  tcp(local(8080), local(50001), 501, kRoot, SocketFamily::kTcp6);
  tcp(local(50001), local(8080), 502, kPostgresUser);
  EXPECT_EQ(shown(tally().edges), Edges{"2>1 [::]:8080 1"});
  EXPECT_EQ(in_service(3), 1u);
}

TEST_F(ConnectionTally, AFamilyThatCouldNotBeListedHasNoCountOfConnections) {
  tcp(local(5432), local(50001), 501);
  learn();
  for (Listener& listener : listeners_) listener.reading.in_service.reset();
  tally_connections(listeners_, input(), owners_);
  EXPECT_FALSE(in_service(2));
}

TEST_F(ConnectionTally, WithLinksEachWorkerTellsWhatItServesAndWhatItIsConnectedTo) {
  hold_socket(fake_, 2, 5, 602);
  hold_socket(fake_, 2, 6, 701);
  hold_socket(fake_, 2, 7, 702);
  unix_pair(601, 602, kWwwData, "/run/uwsgi/app.sock");
  tcp(local(50001), local(5432), 701, kWwwData);
  tcp(endpoint(10, 0, 0, 5, 50002), endpoint(10, 0, 0, 9, 25), 702, kWwwData);
  const SocketReading reading = tally();
  const auto worker = std::find_if(reading.processes.begin(), reading.processes.end(),
                                   [](const auto& process) { return process.id.pid == 2; });
  ASSERT_NE(worker, reading.processes.end());
  EXPECT_EQ(worker->serving, 1u);
  EXPECT_EQ(worker->peers, (std::vector<ProcessPeerReading>{{std::nullopt, "10.0.0.9:25", 1},
                                                            {kPostgres, "127.0.0.1:5432", 1}}));
  EXPECT_EQ(shown(reading.edges),
            (Edges{"0>1 /run/uwsgi/app.sock 1", "1> 10.0.0.9:25 1", "1>2 127.0.0.1:5432 1"}));
  for (const EdgeReading& edge : reading.edges)
    EXPECT_EQ(edge.from->source,
              edge.from->tier == kUwsgi ? OwnerSource::kDescriptor : OwnerSource::kElimination);
}

TEST_F(ConnectionTally, OfMoreOutsidePeersThanTheListHoldsTheBusiestStay) {
  processes_[0].uid = kSomebody;
  for (std::uint16_t i = 0; i < kMostOutsidePeers + 10; ++i)
    for (int n = 0; n < (i == 70 ? 2 : 1); ++n)
      tcp(local(50001), endpoint(10, 1, 0, static_cast<std::uint8_t>(i), 25), 1000u + i, kWwwData);
  const SocketReading reading = tally();
  EXPECT_EQ(reading.edges.size(), kMostOutsidePeers);
  EXPECT_EQ(reading.edges[0].peer, "10.1.0.70:25");
  EXPECT_EQ(reading.connections, kMostOutsidePeers + 11);
}

TEST_F(ConnectionTally, NobodyCrowdsOutThePeersOfOthers) {
  processes_.push_back(stack_process(77, kPostgres, kSomebody));
  for (ProcessReading& process : processes_)
    if (process.member) process.member->instance = process.id.pid;
  for (std::uint16_t i = 0; i < 3 * kMostOutsidePeers; ++i)
    for (int n = 0; n < 5; ++n)
      tcp(local(50001), endpoint(10, 1, 0, static_cast<std::uint8_t>(i), 25), 1000u + i, kSomebody);
  tcp(local(50002), endpoint(10, 2, 0, 1, 25), 2000, kPostgresUser);
  const SocketReading reading = tally();
  EXPECT_EQ(reading.edges.size(), kMostOutsidePeers);
  EXPECT_TRUE(std::ranges::any_of(
      reading.edges, [](const EdgeReading& edge) { return edge.peer == "10.2.0.1:25"; }));
}

TEST_F(ConnectionTally, HalfOpenConnectionsAreTheListenersWhoseBacklogTheyFill) {
  for (const std::size_t i : {0u, 2u}) listeners_[i].reading.half_open = 0;
  table_.half_open = {{endpoint(10, 0, 0, 1, 80), SocketFamily::kTcp4},
                      {endpoint(10, 0, 0, 2, 80), SocketFamily::kTcp4},
                      {local(9), SocketFamily::kTcp4}};
  tally();
  EXPECT_EQ(listeners_[0].reading.half_open, 2u);
  EXPECT_EQ(listeners_[2].reading.half_open, 0u);
  EXPECT_EQ(listeners_[1].reading.half_open, std::nullopt) << "not listed";
}

TEST_F(ConnectionTally, AnswersThatWaitToBeSentAreThoseToClientsElsewhere) {
  tcp(endpoint(10, 0, 0, 1, 80), endpoint(192, 168, 0, 9, 5000), 501);
  tcp(endpoint(10, 0, 0, 1, 80), endpoint(192, 168, 0, 9, 5001), 502);
  tcp(endpoint(10, 0, 0, 1, 80), endpoint(10, 0, 0, 1, 5002), 503);
  for (TcpConnection& one : table_.tcp) {
    one.owes_answer = Owes::kYes;
    one.unsent = one.inode != 502;
  }
  tally();
  EXPECT_EQ(listeners_[0].reading.sending, 1u);
  EXPECT_EQ(listeners_[0].reading.unsent, 2u) << "to whatever clients";
}

TEST_F(ConnectionTally, WhoHasNotReadAnAnswerIsOwedNoneUnlessItWasToldApart) {
  for (std::uint16_t port = 5001; port <= 5003; ++port) {
    tcp(local(5432), local(port), 500u + port);
    table_.tcp.back().owes_answer = Owes::kYes;
    table_.tcp.back().sent_ago = std::chrono::milliseconds(port == 5002 ? 20 : 0);
    tcp(local(port), local(5432), 600u + port);
    table_.tcp.back().awaits_answer = false;
    table_.tcp.back().unread = port != 5003;
  }
  tally();
  EXPECT_EQ(listeners_[2].reading.owed, 2u) << "5002 asked again, 5003 has read the answer";
  EXPECT_EQ(listeners_[2].reading.unread_by_clients, 2u);
}

TEST_F(ConnectionTally, WhatServersHaveNotReadIsCounted) {
  for (std::uint64_t inode = 501; inode <= 503; ++inode) {
    tcp(local(5432), local(static_cast<std::uint16_t>(inode)), inode);
    table_.tcp.back().unread = inode != 502;
  }
  tcp(local(504), local(5432), 504);  // a client's answer
  table_.tcp.back().unread = true;
  unix_pair(601, 602, kWwwData, "/run/uwsgi/app.sock");
  table_.unix_sockets.back().unread = true;
  tally();
  EXPECT_EQ(listeners_[2].reading.unread, 2u);
  EXPECT_EQ(listeners_[1].reading.unread, 1u);
  table_.unix_sockets.back().unread.reset();
  tally();
  EXPECT_EQ(listeners_[1].reading.unread, std::nullopt) << "/proc does not tell";
}

TEST_F(ConnectionTally, RoundTripsAreMeansAndSegmentsAreSums) {
  processes_[0].uid = kSomebody;
  tcp(local(50001), endpoint(10, 9, 9, 9, 25), 701, kWwwData);
  tcp(local(50002), endpoint(10, 9, 9, 9, 25), 702, kWwwData);
  tcp(local(50003), endpoint(10, 9, 9, 9, 25), 703, kWwwData);
  for (std::size_t i = 0; i < 2; ++i) {
    table_.tcp[i].round_trip = std::chrono::milliseconds(20 + 20 * i);
    table_.tcp[i].segments_sent = 100;
    table_.tcp[i].segments_resent = 3;
  }
  const auto edges = tally().edges;
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_EQ(edges[0].round_trip, std::chrono::milliseconds(30)) << "the third tells none";
  EXPECT_EQ(edges[0].segments_sent, 200u);
  EXPECT_EQ(edges[0].segments_resent, 6u);
}

}  // namespace
}  // namespace tierwatch
