// SPDX-License-Identifier: MIT
// Who owes whom an answer on a connection, asked of the running kernel.
#include <netinet/tcp.h>
#include <sched.h>

#include <ctime>
#include <string_view>

#include "tests/collectors/sockets/reading/sock_diag_fixture.h"

namespace tierwatch {
namespace {

/// Waits until what happens now bears another clock tick than all before: the kernel tells the ages
/// of the last words in ticks, and this clock moves with them.
void next_tick() {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return std::pair(time.tv_sec, time.tv_nsec);
  };
  for (int ticks = 0; ticks < 2; ++ticks)
    for (const auto before = now(); now() == before;) sched_yield();
}

class SockDiagConversation : public SockDiag {
 protected:
  void SetUp() override { make_connection(""); }

  /// A new one, in whose first tick the client says `words`.
  void make_connection(std::string_view words) {
    const auto listening = listen_on(SocketName::tcp4(), 1);
    client_ = connect_to(SocketName::tcp4(SocketName::of(listening).port()));
    if (!words.empty()) say_at_once(client_, words);
    ASSERT_TRUE(queue_becomes(SocketFamily::kTcp4, listening, 1));
    server_ = accept_from(listening);
    ASSERT_TRUE(server_);
  }

  void ask_first() {
    make_connection("word");
    hear(server_);
  }

  static void say_at_once(const FileDescriptor& who, std::string_view words = "word") {
    ASSERT_EQ(send(who.get(), words.data(), words.size(), 0), ssize_t(words.size()));
  }

  static void say(const FileDescriptor& who) {
    next_tick();
    say_at_once(who);
  }

  /// As the kernel shows it now; all defaults when it does not.
  TcpConnection end_of(const FileDescriptor& who) {
    for (const TcpConnection& one : connections(SocketFamily::kTcp4).tcp)
      if (one.inode == inode_of(who)) return one;
    return {};
  }

  bool client_comes_to(bool awaiting) {
    return soon([&] {
      const TcpConnection client = end_of(client_);
      return client.inode != 0 && client.awaits_answer == awaiting;
    });
  }

  bool server_is(Owes owes) {
    const TcpConnection server = end_of(server_);
    return server.inode != 0 && server.owes_answer == owes;
  }
  bool server_comes_to(Owes owes) {
    return soon([&] { return server_is(owes); });
  }
  static void hear(const FileDescriptor& who) {
    char word[4];
    ASSERT_EQ(recv(who.get(), word, sizeof word, MSG_WAITALL), 4);
  }

  FileDescriptor client_, server_;
};

TEST_F(SockDiagConversation, AServerOwesNothingBeforeTheFirstQuestion) {
  EXPECT_TRUE(server_comes_to(Owes::kNo));
}

TEST_F(SockDiagConversation, AServerOwesAnAnswerFromTheQuestionUntilItIsTaken) {
  for (int round = 0; round < 3; ++round) {
    say(client_);
    EXPECT_TRUE(server_comes_to(Owes::kYes)) << "not read yet";
    hear(server_);
    EXPECT_TRUE(server_comes_to(Owes::kYes));
    say(server_);
    EXPECT_TRUE(server_comes_to(Owes::kNo));
  }
}

TEST_F(SockDiagConversation, AFirstQuestionIsOwedAnAnswerFromTheTickOfTheConnectionOn) {
  for (int round = 0; round < 20; ++round) {
    ask_first();
    EXPECT_TRUE(server_comes_to(Owes::kYes));
  }
}

TEST_F(SockDiagConversation, AQuestionRightAfterAnAnswerIsOwedAnotherOne) {
  for (int round = 0; round < 20; ++round) {
    ask_first();
    say_at_once(server_);
    hear(client_);
    say_at_once(client_);
    hear(server_);
    EXPECT_TRUE(server_comes_to(Owes::kYes));
    EXPECT_TRUE(client_comes_to(true));
  }
}

TEST_F(SockDiagConversation, AFirstQuestionAnsweredAtOnceIsNotCertainlyOwed) {
  for (int round = 0; round < 20; ++round) {
    ask_first();
    say_at_once(server_);
    hear(client_);
    EXPECT_FALSE(server_is(Owes::kYes));
  }
}

/// A client that asks again at once never acknowledges an answer by itself.
TEST_F(SockDiagConversation, WhoAsksAgainWithinTheSameTickIsOwedAnAnswer) {
  for (int round = 0; round < 50; ++round) {
    say_at_once(client_);
    hear(server_);
    say_at_once(server_);
    hear(client_);
  }
  say_at_once(client_);
  hear(server_);
  EXPECT_TRUE(server_comes_to(Owes::kYes));
}

/// And neither does it count its acknowledgements, where it is the same that is asked and answered.
TEST_F(SockDiagConversation, WhoAsksTheSameAgainAndAgainIsOwedWhatWasNotAnswered) {
  const int on = 1;
  ASSERT_EQ(setsockopt(server_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
  for (int round = 0; round < 5; ++round) {
    say_at_once(client_);
    hear(server_);
    say_at_once(server_, "an answer");
    say_at_once(server_, "in two pieces");
    char answer[22];
    ASSERT_EQ(recv(client_.get(), answer, sizeof answer, MSG_WAITALL), 22);
  }
  EXPECT_TRUE(server_is(Owes::kNo));
  EXPECT_TRUE(client_comes_to(false));
  say_at_once(client_);
  hear(server_);
  EXPECT_TRUE(server_comes_to(Owes::kYes));
  EXPECT_TRUE(client_comes_to(true));
}

TEST_F(SockDiagConversation, AgesOfTheLastWordsGrow) {
  say(client_);
  hear(server_);
  EXPECT_TRUE(soon([&] { return end_of(server_).heard_ago.count() >= 20; }));
}

TEST_F(SockDiagConversation, AGreetingIsAwaited) { EXPECT_TRUE(client_comes_to(true)); }

TEST_F(SockDiagConversation, WhoSaidTheLastWordAwaitsAnAnswer) {
  for (int round = 0; round < 3; ++round) {
    say(server_);
    EXPECT_TRUE(client_comes_to(false));
    say(client_);
    EXPECT_TRUE(client_comes_to(true));
  }
}

TEST_F(SockDiagConversation, AStreamOfLogLinesAwaitsNothing) {
  const int at_once = 1;  // a segment per line
  ASSERT_EQ(setsockopt(client_.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once), 0);
  for (int line = 0; line < 20; ++line) say_at_once(client_, "line\n");
  EXPECT_TRUE(client_comes_to(false));
}

}  // namespace
}  // namespace tierwatch
