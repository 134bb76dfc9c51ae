// SPDX-License-Identifier: MIT
#include "collectors/sockets/open_requests.h"

#include <gtest/gtest.h>

#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

/// nginx on port 80, uWSGI on a UNIX socket, Postgres.
class OpenRequestsOfAStack : public testing::Test {
 protected:
  OpenRequestsOfAStack() {
    for (const std::uint16_t tier : {kNginx, kUwsgi, kPostgres}) {
      Listener& one = listeners_.emplace_back();
      one.reading.family = tier == kUwsgi ? SocketFamily::kUnix : SocketFamily::kTcp4;
      one.reading.owner = SocketOwner{.tier = tier};
      one.reading.in_service = 1;
    }
  }
  void owe(std::uint32_t listener, std::uint16_t client, int since) {
    TcpConnection one{.remote = local(client), .inode = client};
    one.owes_answer = Owes::kYes;
    one.heard_ago = milliseconds(since);
    requests_.add(listener, one, true);
  }
  std::vector<Listener> listeners_;
  OpenRequests requests_;
};

/// After the last word of its client the server of an idle connection has nothing to say.
TEST_F(OpenRequestsOfAStack, AnIdleConnectionIsNoProofOfARequestThatItWaitsFor) {
  owe(0, 4000, 300);
  owe(2, 50001, 240000);
  requests_.settle(listeners_);
  EXPECT_EQ(requests_.oldest_of(kUwsgi, kPostgres), milliseconds(350));
  EXPECT_EQ(requests_.oldest_of(kUwsgi, kNginx), milliseconds(240050)) << "where times are told";
  EXPECT_EQ(requests_.oldest_of(kNginx, kPostgres), milliseconds(350)) << "its own alone";
}

TEST_F(OpenRequestsOfAStack, WhereNoOtherServerTellsTheOneThatIsAskedDoes) {
  owe(2, 50001, 9000);
  requests_.settle(listeners_);
  EXPECT_EQ(requests_.oldest_of(kUwsgi, kPostgres), milliseconds(9050));
}

TEST_F(OpenRequestsOfAStack, WhatWaitsAtListenersOfNobodyMayBeARequest) {
  listeners_[0].reading.owner.reset();
  owe(0, 4000, 700);
  requests_.settle(listeners_);
  EXPECT_EQ(requests_.oldest_of(kUwsgi, kPostgres), milliseconds(750));
}

TEST_F(OpenRequestsOfAStack, AQuestionInTheAcceptQueueIsOwedAnAnswer) {
  TcpConnection waiting{.remote = local(50001)};
  requests_.add_queued(2, waiting);
  waiting.remote = local(50002);
  waiting.unread = true;
  requests_.add_queued(2, waiting);
  requests_.settle(listeners_);
  EXPECT_FALSE(requests_.owes(2, local(50001)));
  EXPECT_TRUE(requests_.owes(2, local(50002)));
}

}  // namespace
}  // namespace tierwatch
