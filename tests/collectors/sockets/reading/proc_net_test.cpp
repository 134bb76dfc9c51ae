// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/proc_net.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/fake_proc.h"
#include "tests/support/loopback.h"

namespace tierwatch {
namespace {

constexpr std::string_view kTcp4 =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:1538 00000000:0000 0A 00000000:00000007 00:00000000 00000000   104        0 "
    "71 1 0 100 0 0 10 0\n"
    "   1: 0100007F:1538 0100007F:C350 01 00000000:00000000 00:00000000 00000000   104        0 "
    "72 1 0 20 4 30 10 -1\n"
    "   2: 0100007F:1538 0100007F:C351 01 00000000:00000000 00:00000000 00000000     0        0 "
    "0 1 0 20 4 30 10 -1\n"
    "   3: 0100007F:1538 0100007F:C352 06 00000000:00000000 03:00000EA6 00000000     0        0 "
    "0 3 0\n"
    "   4: 0100007F:1538 0100007F:C353 05 00000000:00000000 00:00000000 00000000     0        0 "
    "0 1 0 20 4 30 10 -1\n"
    "   5: 0100007F:C350 0100007F:1538 08 00000000:00000001 00:00000000 00000000    33        0 "
    "73 1 0 20 4 30 10 -1\n";

TEST(ParseProcNetTcp, ListenersHaveTheirQueueButNoLimit) {
  std::vector<ListenerSocket> listeners;
  ASSERT_TRUE(parse_proc_net_tcp(kTcp4, SocketFamily::kTcp4, &listeners, nullptr));
  ASSERT_EQ(listeners.size(), 1u);
  EXPECT_EQ(to_string(listeners[0].local, SocketFamily::kTcp4), "127.0.0.1:5432");
  EXPECT_EQ(listeners[0].queue_length, 7u);
  EXPECT_FALSE(listeners[0].queue_limit);
  EXPECT_FALSE(listeners[0].drops);
  EXPECT_EQ(listeners[0].uid, 104u);
  EXPECT_EQ(listeners[0].inode, 71u);
}

TEST(ParseProcNetTcp, ConnectionsLeaveOutTimeWaitAndOrphans) {
  ConnectionTable table;
  ASSERT_TRUE(parse_proc_net_tcp(kTcp4, SocketFamily::kTcp4, nullptr, &table));
  ASSERT_EQ(table.tcp.size(), 3u);
  EXPECT_EQ(table.tcp[0].inode, 72u);
  EXPECT_EQ(table.tcp[1].inode, 0u);
  EXPECT_EQ(to_string(table.tcp[2].local), "127.0.0.1:50000");
  EXPECT_EQ(to_string(table.tcp[2].remote), "127.0.0.1:5432");
  EXPECT_EQ(table.tcp[2].uid, 33u);
}

TEST(ParseNameLookups, AreSocketsConnectedToThePortOfNameServers) {
  std::vector<TcpConnection> found;
  ASSERT_TRUE(parse_name_lookups(
      "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode ref pointer drops\n"
      "  140: 0100007F:BAE7 3500007F:0035 01 00000000:00000000 00:00000000 00000000    33        0 "
      "81 2 0000000000000000 0\n"
      "  141: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 "
      "82 2 0000000000000000 0\n"
      "  142: 0100007F:BAE8 0100007F:1FBD 01 00000000:00000000 00:00000000 00000000    33        0 "
      "83 2 0000000000000000 0\n",
      SocketFamily::kTcp4, found));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(to_string(found[0].remote), "127.0.0.53:53");
  EXPECT_EQ(found[0].inode, 81u);
  EXPECT_EQ(found[0].uid, 33u);
  EXPECT_EQ(found[0].awaits_answer, true);
  EXPECT_FALSE(parse_name_lookups("header\nno line\n", SocketFamily::kTcp4, found));
}

TEST(ParseProcNetTcp, WhatIsUnreadIsMoreThanThePeersEnd) {
  const auto unread = [](const std::string& line) {
    ConnectionTable table;
    EXPECT_TRUE(parse_proc_net_tcp("header\n" + line, SocketFamily::kTcp4, nullptr, &table));
    return table.tcp.at(0).unread;
  };
  const std::string ends = "   1: 0100007F:1538 0100007F:C350 ";
  const std::string rest = " 00:00000000 00000000   104        0 72 1 0 20 4 30 10 -1\n";
  EXPECT_TRUE(unread(ends + "01 00000000:00000001" + rest));
  EXPECT_FALSE(unread(ends + "01 00000009:00000000" + rest));
  EXPECT_FALSE(unread(ends + "08 00000000:00000001" + rest)) << "CLOSE-WAIT";
  EXPECT_TRUE(unread(ends + "08 00000000:00000002" + rest));
}

TEST(ParseProcNetTcp, SixHasFourWordsPerAddress) {
  constexpr std::string_view kText =
      "header\n"
      "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A "
      "00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0\n";
  std::vector<ListenerSocket> listeners;
  ASSERT_TRUE(parse_proc_net_tcp(kText, SocketFamily::kTcp6, &listeners, nullptr));
  ASSERT_EQ(listeners.size(), 1u);
  EXPECT_EQ(to_string(listeners[0].local, SocketFamily::kTcp6), "[::1]:80");
}

TEST(ParseProcNetTcp, AnyTruncationIsSaidOrLosesWholeLines) {
  for (std::size_t length = 0; length < kTcp4.size(); ++length) {
    std::vector<ListenerSocket> listeners;
    ConnectionTable table;
    parse_proc_net_tcp(kTcp4.substr(0, length), SocketFamily::kTcp4, &listeners, &table);
    EXPECT_LE(listeners.size() + table.tcp.size(), 4u);
  }
  EXPECT_FALSE(parse_proc_net_tcp("header\n 0: zz", SocketFamily::kTcp4, nullptr, nullptr));
}

constexpr std::string_view kUnix =
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01 100 /run/my app.sock\n"
    "0000000000000000: 00000003 00000000 00000000 0001 03 101 /run/my app.sock\n"
    "0000000000000000: 00000002 00000000 00000000 0001 02     0 /run/my app.sock\n"
    "0000000000000000: 00000002 00000000 00000000 0001 02     0 /run/my app.sock\n"
    "0000000000000000: 00000003 00000000 00000000 0001 03 103\n"
    "0000000000000000: 00000002 00000000 00010000 0005 01 104 @abstract\n"
    "0000000000000000: 00000002 00000000 00000000 0002 01 105 /run/systemd/notify\n";

TEST(ParseProcNetUnix, QueueIsTheNumberOfThoseNotAcceptedYet) {
  std::vector<ListenerSocket> listeners;
  ConnectionTable table;
  ASSERT_TRUE(parse_proc_net_unix(kUnix, &listeners, &table));
  ASSERT_EQ(listeners.size(), 2u);
  EXPECT_EQ(listeners[0].name, "/run/my app.sock");
  EXPECT_EQ(listeners[0].queue_length, 2u);
  EXPECT_EQ(listeners[1].name, "@abstract");
  EXPECT_EQ(listeners[1].queue_length, 0u);
  ASSERT_EQ(table.unix_sockets.size(), 2u);
  EXPECT_EQ(table.name_of(table.unix_sockets[0]), "/run/my app.sock");
  EXPECT_EQ(table.name_of(table.unix_sockets[1]), "");
}

TEST(ParseProcNetUnix, ANameWithLineFeedsHidesNothing) {
  std::vector<ListenerSocket> listeners;
  ASSERT_TRUE(parse_proc_net_unix(
      "Num\n0000000000000000: 00000002 00000000 00010000 0001 01 100 @a\nb c\n\n: 1 2 3\nabc\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 101 /run/app.sock\n",
      &listeners, nullptr));
  ASSERT_EQ(listeners.size(), 2u);
  EXPECT_EQ(listeners[1].name, "/run/app.sock");
  EXPECT_FALSE(parse_proc_net_unix("Num\n0000000000000000: zz\n", &listeners, nullptr));
}

TEST(ProcNetTable, AFileThatIsNotThereIsAFamilyThatIsNotThere) {
  const FakeProc fake;
  const ProcFs files(fake.root());
  FaultLog faults;
  const auto table = make_proc_net_table(files, faults);
  std::vector<ListenerSocket> found;
  EXPECT_EQ(table->listeners(SocketFamily::kTcp6, found), DumpStatus::kUnavailable);
  EXPECT_TRUE(faults.counts().empty());
  fake.write("proc/net/tcp", "header\ngarbage\n");
  EXPECT_EQ(table->listeners(SocketFamily::kTcp4, found), DumpStatus::kFailed);
  EXPECT_EQ(faults.counts().at({"net/tcp", Fault::kMalformed}), 1u);
}

/// The running kernel's text says the same of our own sockets as its sock_diag.
TEST(ProcNetTable, AgreesWithSockDiag) {
  const ProcFs files;
  FaultLog faults;
  const auto text = make_proc_net_table(files, faults), diag = make_sock_diag_table();
  const SocketName name = SocketName::unix_name(std::string(1, '\0') + "tierwatch-proc-net-" +
                                                std::to_string(getpid()));
  const auto path = listen_on(name, 5), port = listen_on(SocketName::tcp4(), 5);
  const auto first = connect_to(name), second = connect_to(name);
  const auto accepted = accept_from(path);
  for (const auto& [family, socket] :
       {std::pair(SocketFamily::kUnix, &path), std::pair(SocketFamily::kTcp4, &port)}) {
    std::vector<ListenerSocket> by_text, by_diag;
    ASSERT_EQ(text->listeners(family, by_text), DumpStatus::kComplete);
    ASSERT_EQ(diag->listeners(family, by_diag), DumpStatus::kComplete);
    const auto find = [&](const std::vector<ListenerSocket>& all) {
      return std::find_if(all.begin(), all.end(), [&](const ListenerSocket& one) {
        return one.inode == inode_of(*socket);
      });
    };
    ASSERT_NE(find(by_text), by_text.end());
    ASSERT_NE(find(by_diag), by_diag.end());
    EXPECT_EQ(find(by_text)->local, find(by_diag)->local);
    EXPECT_EQ(find(by_text)->name, find(by_diag)->name);
    EXPECT_EQ(find(by_text)->queue_length, find(by_diag)->queue_length);
  }
}

}  // namespace
}  // namespace tierwatch
