// SPDX-License-Identifier: MIT
#include "exporters/http/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/exporters/http_client.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of(const std::string& address) {
  try {
    listen_on(address);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

class UnixSocket : public ::testing::Test {
 protected:
  std::string path() const { return directory_ / "tw.sock"; }

  TemporaryFolder directory_;
  std::string address_ = "unix:" + path();
};

TEST(ParseListenAddress, TakesHostsPortsAndPathsApart) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:9718").host, "127.0.0.1");
  EXPECT_EQ(parse_listen_address("127.0.0.1:9718").port, "9718");
  EXPECT_EQ(parse_listen_address(":9718").host, "");
  EXPECT_EQ(parse_listen_address("[::1]:80").host, "::1");
  EXPECT_EQ(parse_listen_address("unix:/run/tw.sock").path, "/run/tw.sock");
}

TEST(ParseListenAddress, RefusesWhatIsNoAddress) {
  for (const std::string text :
       {"", "9718", "host:", "host:http", "host:65536", "host:-1", "::1:9718", "unix:"}) {
    EXPECT_THROW(parse_listen_address(text), std::invalid_argument) << text;
  }
  EXPECT_THROW(parse_listen_address("unix:/" + std::string(107, 'x')), std::invalid_argument);
}

TEST(ListenOn, APassedSocketIsServedAsItIs) {
  const ListeningSocket made = listen_on("127.0.0.1:0");
  const ListeningSocket passed = listen_on(passed_address(made.fd.get()));
  EXPECT_EQ(passed.address, made.address);
  EXPECT_NE(passed.fd.get(), made.fd.get());
  EXPECT_FALSE(passed.is_unix);
  EXPECT_NE(fcntl(passed.fd.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(UnixSocket, APassedOneKeepsItsFileAndItsMode) {
  const ListeningSocket made = listen_on(address_, {.mode = 0600});
  {
    const ListeningSocket passed = listen_on(passed_address(made.fd.get()), {.mode = 0666});
    EXPECT_TRUE(passed.is_unix);
    EXPECT_EQ(passed.address, address_);
  }
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0600));
}

TEST(ListenOn, WhatIsPassedMustListen) {
  const FileDescriptor silent(socket(AF_INET, SOCK_STREAM, 0));
  const FileDescriptor datagrams(socket(AF_INET, SOCK_DGRAM, 0));
  for (const int fd : {silent.get(), datagrams.get()})
    EXPECT_THAT(error_of(passed_address(fd)), HasSubstr("Accept=no")) << fd;
  EXPECT_THAT(error_of("fd:9999"), HasSubstr("cannot listen on fd:9999: bad file descriptor"));
  EXPECT_THAT(error_of("fd:x"), HasSubstr("cannot listen on fd:x"));
}

TEST_F(UnixSocket, WhoMayConnectIsAsAskedFor) {
  const gid_t group = getgid();
  const ListeningSocket socket = listen_on(address_, {.mode = 0666, .group = group});
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0666));
  give_access(socket, {.mode = 0600});
  EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0600));
}

TEST(ListenOn, TellsTheRealPort) {
  EXPECT_THAT(listen_on("127.0.0.1:0").address, StartsWith("127.0.0.1:"));
  EXPECT_NE(listen_on("127.0.0.1:0").address, "127.0.0.1:0");
}

TEST(ListenOn, EveryAddressTakesIpv4) {
  const ListeningSocket every = listen_on(":0");
  EXPECT_NO_THROW(HttpClient{every.address});
}

TEST(ListenOn, TakenPortIsSaidInOneLine) {
  const ListeningSocket first = listen_on("127.0.0.1:0");
  EXPECT_EQ(error_of(first.address),
            "cannot listen on " + first.address +
                ": address already in use (is another tierwatch running?)");
}

TEST(ListenOn, WrongAddressesAreSaidInOneLine) {
  EXPECT_EQ(error_of("9718"), "cannot listen on 9718: expected HOST:PORT, :PORT or unix:/PATH");
  EXPECT_THAT(error_of("192.0.2.1:9718"), HasSubstr("this machine does not have that address"));
  EXPECT_EQ(error_of("unix:/nonexistent/tw.sock"),
            "cannot listen on unix:/nonexistent/tw.sock: no such file or directory");
}

TEST_F(UnixSocket, IsForOwnerAndGroupWhateverTheUmask) {
  const mode_t before = umask(0077);
  const ListeningSocket socket = listen_on(address_);
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0660u);
}

TEST_F(UnixSocket, FileGoesAwayWithIt) {
  { const ListeningSocket socket = listen_on(address_); }
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixSocket, StaleFileIsReplaced) {
  std::filesystem::path stale = directory_ / "old";
  {
    const ListeningSocket crashed = listen_on(address_);
    std::filesystem::create_hard_link(path(), stale);
  }
  std::filesystem::rename(stale, path());
  const ListeningSocket socket = listen_on(address_);
  EXPECT_NO_THROW(HttpClient{address_});
}

TEST_F(UnixSocket, FileOfOneWhoAnswersIsLeftAlone) {
  const ListeningSocket first = listen_on(address_);
  EXPECT_THAT(error_of(address_), HasSubstr("address already in use"));
  EXPECT_NO_THROW(HttpClient{address_});
}

TEST_F(UnixSocket, FileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path()) << "precious";
  EXPECT_THAT(error_of(address_), HasSubstr("no socket is in the way"));
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UnixSocket, FileOfASuccessorIsLeftAlone) {
  {
    const ListeningSocket first = listen_on(address_);
    std::filesystem::remove(path());
    std::ofstream(path()) << "another's";
  }
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST(Loopback, IsThisMachineOnly) {
  const auto v4 = [](const char* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, text, &address.sin_addr);
    return is_loopback(reinterpret_cast<const sockaddr*>(&address));
  };
  const auto v6 = [](const char* text) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    inet_pton(AF_INET6, text, &address.sin6_addr);
    return is_loopback(reinterpret_cast<const sockaddr*>(&address));
  };
  EXPECT_TRUE(v4("127.0.0.1") && v4("127.255.0.9") && v6("::1") && v6("::ffff:127.0.0.1"));
  EXPECT_FALSE(v4("10.0.0.1") || v4("126.0.0.1") || v6("::2") || v6("::ffff:10.0.0.1") ||
               is_loopback(nullptr));
}

std::string network_of(const char* address) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
    return client_network(reinterpret_cast<sockaddr*>(&v4));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  inet_pton(AF_INET6, address, &v6.sin6_addr);
  return client_network(reinterpret_cast<sockaddr*>(&v6));
}

TEST(ClientNetwork, IsAnAddressOrWhatOneCustomerHas) {
  EXPECT_NE(network_of("192.0.2.1"), network_of("192.0.2.2"));
  EXPECT_EQ(network_of("192.0.2.1"), network_of("::ffff:192.0.2.1"));
  EXPECT_EQ(network_of("2001:db8::1"), network_of("2001:db8::2:3"));
  EXPECT_NE(network_of("2001:db8::1"), network_of("2001:db8:0:1::1"));
  EXPECT_EQ(client_network(nullptr), "");
}

}  // namespace
}  // namespace tierwatch
