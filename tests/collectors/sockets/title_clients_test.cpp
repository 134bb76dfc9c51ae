// SPDX-License-Identifier: MIT
#include "collectors/sockets/title_clients.h"

#include <gtest/gtest.h>

#include "collectors/sockets/connection_tally.h"
#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

/// A Postgres server (3) that listens on a port of its own, under one user with a server of another
/// tier (4): neither its address nor its user tells whose the listener is.
class TitlesThatNameClients : public testing::Test {
 protected:
  TitlesThatNameClients() {
    TierRules rules = stack_rules();
    rules.tiers[kPostgres].preset = "postgres";
    owners_.set_rules(rules);
    listener_.reading = {.address = "127.0.0.1:5433", .port = 5433, .uid = kPostgresUser};
    listener_.local = local(5433);
  }

  static ProcessReading backend(const char* title, uid_t uid = kPostgresUser) {
    ProcessReading process = stack_process(30, kPostgres, uid);
    process.member->instance = 3;
    process.title = title;
    return process;
  }
  /// Of a connection from port 45678.
  std::optional<SocketOwner> owner_with(const ProcessReading& backend) {
    std::vector<ProcessReading> processes{stack_process(3, kPostgres, kPostgresUser),
                                          stack_process(4, kUwsgi, kPostgresUser), backend};
    processes[0].member->instance = 3;
    networks_.update({.monotonic = seconds(1)}, processes);
    owners_.update(seconds(1), processes, networks_);
    ConnectionTable table;
    table.tcp.push_back({.local = local(5433), .remote = local(45678), .inode = 900, .uid = 0});
    const NetworkConnections network{kOwnNetwork, &table};
    listener_.reading.owner = owners_.of_listener(listener_);
    tally_connections({&listener_, 1}, {{&network, 1}, {}, {}}, owners_);
    return listener_.reading.owner;
  }

  FakeProc fake_;
  ProcFs files_{fake_.root()};
  NetworkBook networks_{files_};
  SocketOwners owners_{files_, stack_rules()};
  Listener listener_;
  const SocketOwner told_{kPostgres, OwnerSource::kTitle, 3, kPostgresUser};
};

TEST_F(TitlesThatNameClients, TellWhoseTheListenerIsThatAcceptedThem) {
  EXPECT_EQ(owner_with(backend("postgres: shop shop 127.0.0.1(45678) idle")), told_);
  EXPECT_EQ(
      owner_with(backend("postgres: 15/main: a b 127.0.0.1(45678) idle in transaction (aborted)")),
      told_);
}

TEST_F(TitlesThatNameClients, SayNothingOfOthers) {
  EXPECT_FALSE(owner_with(backend("postgres: shop shop 127.0.0.1(45679) idle")));
  EXPECT_FALSE(owner_with(backend("postgres: shop shop [local] idle")));
  EXPECT_FALSE(owner_with(backend("postgres: shop shop db.example(45678) idle")));
  EXPECT_FALSE(owner_with(backend("postgres: shop shop 127.0.0.1(99999) idle")));
  EXPECT_FALSE(owner_with(backend("postgres: (45678)")));
}

TEST_F(TitlesThatNameClients, AreReadAgainWhenTheyChange) {
  EXPECT_FALSE(owner_with(backend("postgres: shop shop 127.0.0.1(45679) idle")));
  EXPECT_EQ(owner_with(backend("postgres: shop shop 127.0.0.1(45678) idle")), told_);
}

TEST_F(TitlesThatNameClients, OfAnotherUserThanTheListenersAreNotBelieved) {
  EXPECT_FALSE(owner_with(backend("postgres: shop shop 127.0.0.1(45678) idle", kSomebody)));
}

TEST_F(TitlesThatNameClients, AreRememberedWhileTheServerLives) {
  ASSERT_EQ(owner_with(backend("postgres: shop shop 127.0.0.1(45678) idle")), told_);
  owners_.remember(listener_);
  EXPECT_EQ(owner_with(backend("postgres: checkpointer")), told_);
  const std::vector<ProcessReading> others{stack_process(4, kUwsgi, kPostgresUser)};
  networks_.update({.monotonic = seconds(2)}, others);
  owners_.update(seconds(2), others, networks_);
  EXPECT_NE(owners_.of_listener(listener_), told_);
}

}  // namespace
}  // namespace tierwatch
