// SPDX-License-Identifier: MIT
#include "collectors/sockets/networks/network_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/sockets/networks/network_addresses.h"
#include "collectors/sockets/networks/port_relay.h"
#include "tests/support/socket_stack.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class NetworkBookTest : public testing::Test {
 protected:
  NetworkBookTest() {
    fake_.write("networks/own", "");
    lives_in("self", "own");
  }
  /// Files of one inode are those of one namespace.
  void lives_in(const std::string& pid, const std::string& network) {
    const auto file = fake_.root() / "networks" / network;
    if (!exists(file)) fake_.write("networks/" + network, "");
    fake_.make_directory("proc/" + pid + "/net");
    const auto link = fake_.root() / "proc" / pid / "net/unix";
    std::filesystem::remove(link);
    std::filesystem::create_hard_link(file, link);
  }
  ProcessReading process(pid_t pid, std::optional<std::uint16_t> tier, const std::string& network,
                         const std::string& cgroup = "/") {
    lives_in(std::to_string(pid), network);
    ProcessReading reading = stack_process(pid, tier, kWwwData, cgroup);
    reading.cgroup = cgroup;
    return reading;
  }
  std::vector<NetworkId> update(std::vector<ProcessReading> processes,
                                nanoseconds at = seconds(1)) {
    book_.update({.monotonic = at, .boot = seconds(100'000) + at}, processes);
    return {book_.of_processes().begin(), book_.of_processes().end()};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [id, network] : book_.others()) all.push_back(network.name);
    return all;
  }

  FakeProc fake_;
  ProcFs files_{fake_.root()};
  NetworkBook book_{files_};
};

TEST_F(NetworkBookTest, TellsNamespacesApartByTheInodesOfTheirFiles) {
  EXPECT_THAT(
      update({process(1, std::nullopt, "own"), process(2, kNginx, "own"), process(3, kUwsgi, "a"),
              process(4, kUwsgi, "a"), process(5, kPostgres, "b")}),
      ElementsAre(0u, 0u, 1u, 1u, 2u));
  EXPECT_THAT(book_.others().at(1).members, ElementsAre(3, 4));
  EXPECT_THAT(book_.others().at(2).tiers, ElementsAre(kPostgres));
}

TEST_F(NetworkBookTest, ANamespaceWithoutATiersProcessIsNotWatched) {
  EXPECT_THAT(update({process(2, kNginx, "own"), process(3, std::nullopt, "a")}),
              ElementsAre(0u, 0u));
  EXPECT_THAT(book_.others(), IsEmpty());
}

TEST_F(NetworkBookTest, AProcessOfWhichNothingCanBeReadIsTakenForOneOfOurs) {
  ProcessReading hidden = stack_process(9, kUwsgi, kWwwData);
  EXPECT_THAT(update({hidden}), ElementsAre(0u));
}

TEST_F(NetworkBookTest, WhereInodesTellNothingAllAreOurs) {
  fake_.link("proc/self/ns/net", "net:[1]");
  const auto one = process(3, kUwsgi, "a");
  fake_.link("proc/3/ns/net", "net:[1]");
  EXPECT_THAT(update({one, process(4, kUwsgi, "b")}), ElementsAre(0u, 0u));
  EXPECT_THAT(book_.others(), IsEmpty());
}

TEST_F(NetworkBookTest, GoesByUnitOrContainerElseByItsOldestProcess) {
  ProcessReading young = process(3, kUwsgi, "c", "/");
  young.id.started = seconds(900);
  update({process(1, kUwsgi, "a", "/system.slice/shop.service"),
          process(2, kUwsgi, "b", "/system.slice/shop.service"), young,
          process(4, kUwsgi, "c", "/")});
  EXPECT_THAT(names(), ElementsAre("shop.service", "shop.service, the network of pid 2",
                                   "the network of pid 4"));
}

TEST_F(NetworkBookTest, IsForgottenWithItsLastProcessAndItsNumberNeverUsedAgain) {
  update({process(3, kUwsgi, "a")});
  EXPECT_THAT(update({process(4, kUwsgi, "a")}, seconds(2)), ElementsAre(1u)) << "one is left";
  update({}, seconds(3));
  EXPECT_THAT(book_.others(), IsEmpty());
  EXPECT_THAT(update({process(5, kUwsgi, "a")}, seconds(4)), ElementsAre(2u));
}

TEST_F(NetworkBookTest, AProcessThatMovesIsSeenWithinAMinuteAndAQuarter) {
  auto mover = process(3, kUwsgi, "own");
  EXPECT_THAT(update({mover}), ElementsAre(0u));
  lives_in("3", "a");
  EXPECT_THAT(update({mover}, seconds(30)), ElementsAre(0u));
  EXPECT_THAT(update({mover}, seconds(78)), ElementsAre(1u));
}

TEST_F(NetworkBookTest, AYoungProcessIsLookedAtAgainAtOnce) {
  auto mover = process(3, kUwsgi, "own");
  mover.id.started = seconds(100'000);
  EXPECT_THAT(update({mover}), ElementsAre(0u));
  lives_in("3", "a");
  EXPECT_THAT(update({mover}, seconds(2)), ElementsAre(1u));
}

TEST_F(NetworkBookTest, OthersAreThoseThatWorkAndDidNotStartTheServer) {
  auto init = process(2, std::nullopt, "a"), server = process(3, kUwsgi, "a");
  server.parent_pid = 2;
  init.user_cpu = seconds(1);
  auto pause = process(4, std::nullopt, "a"), sidecar = process(5, std::nullopt, "a");
  pause.user_cpu = std::chrono::milliseconds(90);
  sidecar.user_cpu = std::chrono::milliseconds(100);
  update({init, server, pause});
  EXPECT_FALSE(book_.others().at(1).others);
  update({init, server, pause, sidecar}, seconds(2));
  EXPECT_TRUE(book_.others().at(1).others);
}

TEST_F(NetworkBookTest, MoreThanSomeAreCountedAndNotWatched) {
  std::vector<ProcessReading> processes;
  for (pid_t pid = 10; pid < 10 + static_cast<pid_t>(NetworkBook::kMostNetworks) + 3; ++pid)
    processes.push_back(process(pid, kUwsgi, std::to_string(pid)));
  const auto ids = update(processes);
  EXPECT_EQ(book_.others().size(), NetworkBook::kMostNetworks);
  EXPECT_EQ(book_.left_out(), 3u);
  EXPECT_EQ(ids.back(), kUnwatchedNetwork);
}

IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return endpoint(a, b, c, d, 0).address;
}

TEST(NetworkAddressesText, OwnAddressesOfATrie) {
  EXPECT_THAT(
      parse_fib_trie("Main:\n  +-- 10.0.0.0/24 2 0 2\n     |-- 10.0.0.0\n"
                     "        /24 link UNICAST\n     |-- 10.0.0.2\n"
                     "        /32 host LOCAL\n     |-- 10.0.0.255\n"
                     "        /32 link BROADCAST\nLocal:\n     |-- 10.0.0.2\n"
                     "        /32 host LOCAL\n     |-- 127.0.0.1\n        /32 host LOCAL\n"),
      ElementsAre(v4(10, 0, 0, 2), v4(127, 0, 0, 1)));
  for (const char* odd :
       {"", "/32 host LOCAL\n", "|-- x\n/32 host LOCAL\n", "|-- \n/32 host LOCAL"})
    EXPECT_THAT(parse_fib_trie(odd), IsEmpty()) << odd;
}

TEST(NetworkAddressesText, IPv6) {
  const auto found = parse_if_inet6(
      "00000000000000000000000000000001 01 80 10 80       lo\n"
      "fd000000000000000000000000000002 02 40 00 80     eth0\nzz\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_TRUE(found[0].is_loopback());
  EXPECT_EQ(to_string(Endpoint{found[1], 5432}), "[fd00::2]:5432");
}

TEST(NetworkAddressesTest, AnAddressLeadsToTheOnlyOneThatHasItButFirstToOnesOwn) {
  NetworkAddresses addresses;
  addresses.add(1, v4(10, 0, 0, 1));
  addresses.add(2, v4(10, 0, 0, 2));
  for (const NetworkId network : {1u, 2u, 3u}) addresses.add(network, v4(127, 0, 0, 1));
  for (const NetworkId network : {1u, 3u}) addresses.add(network, v4(10, 0, 2, 100));
  EXPECT_EQ(addresses.leads_to(1, v4(10, 0, 0, 2)), 2u);
  EXPECT_EQ(addresses.leads_to(3, v4(127, 0, 0, 1)), 3u);
  EXPECT_EQ(addresses.leads_to(4, v4(127, 0, 0, 1)), std::nullopt);
  EXPECT_EQ(addresses.leads_to(3, v4(10, 0, 2, 100)), 3u);
  EXPECT_EQ(addresses.leads_to(2, v4(10, 0, 2, 100)), std::nullopt) << "two have it";
  EXPECT_EQ(addresses.leads_to(1, v4(8, 8, 8, 8)), std::nullopt);
}

constexpr const char* kRelay =
    "/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 "
    "-container-port 80";

TEST(PortRelays, SayWhereTheyLeadOnTheirCommandLine) {
  const auto relay = parse_relay(kRelay);
  ASSERT_TRUE(relay);
  EXPECT_EQ(relay->published, endpoint(0, 0, 0, 0, 8080));
  EXPECT_EQ(relay->target, endpoint(172, 17, 0, 2, 80));
  const auto v6 = parse_relay(
      "docker-proxy -proto tcp -host-ip :: -host-port 1 -container-ip fd00::2 -container-port 2 "
      "-use-listen-fd");
  ASSERT_TRUE(v6);
  EXPECT_TRUE(v6->published.address.is_any());
}

TEST(PortRelays, AreNotWhatSaysSomethingElse) {
  for (const std::string& title :
       {std::string(), std::string("docker-proxy"), std::string("docker-proxy -proto tcp"),
        "my" + std::string(kRelay + 9), std::string("sh ") + kRelay,
        std::string("docker-proxy -proto udp -host-ip 0.0.0.0 -host-port 1 -container-ip 1.2.3.4 "
                    "-container-port 2"),
        std::string("docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 70000 -container-ip "
                    "1.2.3.4 -container-port 2"),
        std::string("docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 1 -container-ip 1.2.3 "
                    "-container-port 2"),
        std::string("docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port -container-ip 1.2.3.4 "
                    "-container-port 2")})
    EXPECT_FALSE(parse_relay(title)) << title;
}

TEST(PortRelays, ABoundedNumberOfThem) {
  std::vector<ProcessReading> processes(2000);
  for (ProcessReading& process : processes) {
    process.comm = "docker-proxy";
    process.title = kRelay;
    process.uid = kRoot;
  }
  EXPECT_EQ(port_relays(processes, std::vector<NetworkId>(2000)).size(), 1024u);
}

}  // namespace
}  // namespace tierwatch
