// SPDX-License-Identifier: MIT
// Against the running kernel, with sockets of this test's own.
#include "collectors/sockets/reading/sock_diag.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "tests/collectors/sockets/reading/sock_diag_fixture.h"
#include "tests/support/loopback.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

bool has_ipv6() {
  const FileDescriptor socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const SocketName name = SocketName::tcp6(in6addr_loopback);
  return socket && bind(socket.get(), name.get(), name.length()) == 0;
}

struct TcpCase {
  const char* name;
  SocketFamily family;
  SocketName listen_name;
  std::function<SocketName(std::uint16_t)> connect_name;
  const char* address;  ///< without port
};

class SockDiagTcp : public SockDiag, public testing::WithParamInterface<TcpCase> {
 protected:
  void SetUp() override {
    if (GetParam().family == SocketFamily::kTcp6 && !has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  }
};

TEST_P(SockDiagTcp, QueueOfAListenerGrowsByOneBeyondItsLimitAndFallsWithAccept) {
  const auto socket = listen_on(GetParam().listen_name, 2);
  const std::uint16_t port = SocketName::of(socket).port();
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(connect_to(GetParam().connect_name(port)));

  ASSERT_TRUE(queue_becomes(GetParam().family, socket, 3));
  const auto full = *listener(GetParam().family, socket);
  EXPECT_EQ(full.queue_limit, 2u);
  EXPECT_EQ(full.uid, geteuid());
  EXPECT_NE(full.cookie, 0u);
  EXPECT_EQ(full.drops, 0u);
  EXPECT_EQ(to_string(full.local, GetParam().family),
            GetParam().address + (":" + std::to_string(port)));
  EXPECT_EQ(accepted_and_waiting(GetParam().family, port), std::pair(0, 3));

  const auto accepted = accept_from(socket);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(listener(GetParam().family, socket)->queue_length, 2u);
  EXPECT_EQ(accepted_and_waiting(GetParam().family, port), std::pair(1, 2));
}

TEST_P(SockDiagTcp, AttemptsBeyondAFullQueueAreCountedAsDrops) {
  const auto socket = listen_on(GetParam().listen_name, 1);
  const SocketName name = GetParam().connect_name(SocketName::of(socket).port());
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 2; ++i) clients.push_back(connect_to(name));
  ASSERT_TRUE(queue_becomes(GetParam().family, socket, 2));

  for (int i = 0; i < 3; ++i) clients.push_back(connect_to(name));
  EXPECT_TRUE(soon([&] { return listener(GetParam().family, socket)->drops >= 3u; }));
  EXPECT_EQ(listener(GetParam().family, socket)->queue_length, 2u);
}

TEST_P(SockDiagTcp, AClosedListenerIsGone) {
  auto socket = listen_on(GetParam().listen_name, 1);
  const auto name = SocketName::of(socket);
  ASSERT_TRUE(listener(GetParam().family, socket));
  socket.reset();
  std::vector<ListenerSocket> all;
  table_->listeners(GetParam().family, all);
  EXPECT_TRUE(std::none_of(all.begin(), all.end(), [&](const ListenerSocket& one) {
    return one.local.port == name.port();
  }));
}

INSTANTIATE_TEST_SUITE_P(
    Families, SockDiagTcp,
    testing::Values(
        TcpCase{"v4", SocketFamily::kTcp4, SocketName::tcp4(),
                [](std::uint16_t port) { return SocketName::tcp4(port); }, "127.0.0.1"},
        TcpCase{"v4_wildcard", SocketFamily::kTcp4, SocketName::tcp4(0, INADDR_ANY),
                [](std::uint16_t port) { return SocketName::tcp4(port); }, "0.0.0.0"},
        TcpCase{"v6", SocketFamily::kTcp6, SocketName::tcp6(in6addr_loopback),
                [](std::uint16_t port) { return SocketName::tcp6(in6addr_loopback, port); },
                "[::1]"},
        TcpCase{"v6_wildcard_reached_by_v4", SocketFamily::kTcp6, SocketName::tcp6(in6addr_any),
                [](std::uint16_t port) { return SocketName::tcp4(port); }, "[::]"}),
    [](const auto& param) { return param.param.name; });

TEST_F(SockDiag, BothEndsOfATcpConnectionNameEachOther) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 here";
  const auto socket = listen_on(SocketName::tcp6(in6addr_any), 1);
  const std::uint16_t port = SocketName::of(socket).port();
  const auto client = connect_to(SocketName::tcp4(port));
  ASSERT_TRUE(queue_becomes(SocketFamily::kTcp6, socket, 1));
  const auto server = accept_from(socket);

  ConnectionTable both = connections(SocketFamily::kTcp4);
  ASSERT_EQ(table_->connections(SocketFamily::kTcp6, both), DumpStatus::kComplete);
  const auto find = [&](const FileDescriptor& of) {
    return *std::find_if(both.tcp.begin(), both.tcp.end(),
                         [&](const TcpConnection& one) { return one.inode == inode_of(of); });
  };
  EXPECT_EQ(find(client).remote, find(server).local);
  EXPECT_EQ(find(client).local, find(server).remote);
  EXPECT_EQ(find(client).family, SocketFamily::kTcp4);
  EXPECT_EQ(find(server).family, SocketFamily::kTcp6);
  EXPECT_EQ(find(client).uid, geteuid());
}

TEST_F(SockDiag, AConnectionClosedByItsServerIsNoLongerListed) {
  const auto socket = listen_on(SocketName::tcp4(), 1);
  const std::uint16_t port = SocketName::of(socket).port();
  const auto client = connect_to(SocketName::tcp4(port));
  ASSERT_TRUE(queue_becomes(SocketFamily::kTcp4, socket, 1));
  auto server = accept_from(socket);
  ASSERT_EQ(accepted_and_waiting(SocketFamily::kTcp4, port), std::pair(1, 0));
  server.reset();  // FIN_WAIT: the client has not closed
  EXPECT_EQ(accepted_and_waiting(SocketFamily::kTcp4, port), std::pair(0, 0));
}

TEST_F(SockDiag, AConnectionClosedByItsClientStaysUntilTheServerCloses) {
  const auto socket = listen_on(SocketName::tcp4(), 1);
  const std::uint16_t port = SocketName::of(socket).port();
  auto client = connect_to(SocketName::tcp4(port));
  ASSERT_TRUE(queue_becomes(SocketFamily::kTcp4, socket, 1));
  const auto server = accept_from(socket);
  client.reset();
  EXPECT_EQ(accepted_and_waiting(SocketFamily::kTcp4, port), std::pair(1, 0));
}

struct UnixCase {
  const char* name;
  bool abstract;
  int type;
};

class SockDiagUnix : public SockDiag, public testing::WithParamInterface<UnixCase> {
 protected:
  SockDiagUnix() {
    if (GetParam().abstract) {
      path_.insert(0, 1, '\0');
      shown_.insert(0, 1, '@');
    }
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "socket", shown_ = path_;
};

TEST_P(SockDiagUnix, QueueOfAListenerGrowsByOneBeyondItsLimitAndFallsWithAccept) {
  const SocketName name = SocketName::unix_name(path_);
  const auto socket = listen_on(name, 2, {.type = GetParam().type});
  std::vector<FileDescriptor> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(connect_to(name, GetParam().type));
  EXPECT_FALSE(connect_to(name, GetParam().type)) << "the kernel admits limit + 1";

  const auto full = listener(SocketFamily::kUnix, socket);
  ASSERT_TRUE(full);
  EXPECT_EQ(full->name, shown_);
  EXPECT_EQ(full->queue_length, 3u);
  EXPECT_EQ(full->queue_limit, 2u);
  EXPECT_EQ(full->uid, geteuid());
  EXPECT_FALSE(full->drops) << "the kernel counts none";

  const auto accepted = accept_from(socket);
  EXPECT_EQ(listener(SocketFamily::kUnix, socket)->queue_length, 2u);
  const ConnectionTable all = connections(SocketFamily::kUnix);
  std::vector<UnixConnection> named;
  for (const UnixConnection& one : all.unix_sockets)
    if (all.name_of(one) == shown_) named.push_back(one);
  ASSERT_EQ(named.size(), 1u) << "only the accepted one carries the listener's name";
  EXPECT_EQ(named[0].inode, inode_of(accepted));
  EXPECT_EQ(named[0].peer_inode, inode_of(clients[0]));
  EXPECT_EQ(named[0].unread, false);
  ASSERT_EQ(write(clients[0].get(), "x", 1), 1);
  const ConnectionTable after = connections(SocketFamily::kUnix);
  EXPECT_TRUE(std::ranges::any_of(after.unix_sockets, [&](const UnixConnection& one) {
    return one.inode == named[0].inode && one.unread == true;
  }));
}

INSTANTIATE_TEST_SUITE_P(Kinds, SockDiagUnix,
                         testing::Values(UnixCase{"path", false, SOCK_STREAM},
                                         UnixCase{"abstract", true, SOCK_STREAM},
                                         UnixCase{"seqpacket", false, SOCK_SEQPACKET}),
                         [](const auto& param) { return param.param.name; });

TEST_F(SockDiag, WhatItsHolderHasNotReadIsTold) {
  const auto socket = listen_on(SocketName::tcp4(), 2);
  const auto client = connect_to(SocketName::tcp4(SocketName::of(socket).port()));
  const auto accepted = accept_from(socket);
  ASSERT_TRUE(accepted);
  const auto unread = [&] {
    return std::ranges::any_of(connections(SocketFamily::kTcp4).tcp, [&](const auto& one) {
      return one.inode == inode_of(accepted) && one.unread;
    });
  };
  EXPECT_FALSE(unread());
  char byte = 'x';
  ASSERT_EQ(write(client.get(), &byte, 1), 1);
  EXPECT_TRUE(soon(unread));
  ASSERT_EQ(read(accepted.get(), &byte, 1), 1);
  EXPECT_FALSE(unread());
}

TEST_F(SockDiag, DatagramSocketsAreNoConnections) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
  const FileDescriptor left(pair[0]), right(pair[1]);
  for (const UnixConnection& one : connections(SocketFamily::kUnix).unix_sockets)
    EXPECT_NE(one.inode, inode_of(left));
}

TEST_F(SockDiag, ManyConnectionsComeInManyPiecesAndAllArrive) {
  constexpr std::size_t kPairs = 400;
  std::vector<FileDescriptor> sockets;
  std::vector<std::uint64_t> made, seen;
  for (std::size_t i = 0; i < kPairs; ++i) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    for (const int end : pair) made.push_back(inode_of(sockets.emplace_back(end)));
  }
  for (const UnixConnection& one : connections(SocketFamily::kUnix).unix_sockets)
    seen.push_back(one.inode);
  std::sort(made.begin(), made.end());
  std::sort(seen.begin(), seen.end());
  EXPECT_TRUE(std::includes(seen.begin(), seen.end(), made.begin(), made.end()));
}

/// Runs `holds` in a child without any privilege; whether it held.
bool holds_as_nobody(const std::function<bool()>& holds) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(2);
    _exit(holds() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(SockDiag, NeedsNoPrivilege) {
  const auto tcp = listen_on(SocketName::tcp4(), 2);
  const auto abstract = listen_on(
      SocketName::unix_name(std::string(1, '\0') + "tierwatch-" + std::to_string(getpid())), 2);
  const auto client = connect_to(SocketName::of(tcp));
  EXPECT_TRUE(holds_as_nobody([&] {
    table_ = make_sock_diag_table();
    const auto queue = listener(SocketFamily::kUnix, abstract);
    return queue && queue->queue_limit == 2u && queue->queue_length == 0u &&
           queue_becomes(SocketFamily::kTcp4, tcp, 1);
  }));
}

TEST_F(SockDiag, WithoutADescriptorLeftTheDumpFailsAndTheNextOneWorks) {
  EXPECT_TRUE(holds_as_nobody([] {
    const auto table = make_sock_diag_table();
    const rlimit none{.rlim_cur = 0, .rlim_max = 4096};
    const rlimit some{.rlim_cur = 4096, .rlim_max = 4096};
    std::vector<ListenerSocket> all;
    setrlimit(RLIMIT_NOFILE, &none);
    if (table->listeners(SocketFamily::kTcp4, all) != DumpStatus::kFailed) return false;
    setrlimit(RLIMIT_NOFILE, &some);
    return table->listeners(SocketFamily::kTcp4, all) == DumpStatus::kComplete;
  }));
}

}  // namespace
}  // namespace tierwatch
