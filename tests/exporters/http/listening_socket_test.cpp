// SPDX-License-Identifier: MIT
#include "exporters/http/listening_socket.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/exporters/http_client.h"

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

/// A directory that goes away with the test.
class UnixSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tierwatch-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    address_ = "unix:" + path();
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ + "/tw.sock"; }

  std::string directory_;
  std::string address_;
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
  std::filesystem::path stale = directory_ + "/old";
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

}  // namespace
}  // namespace tierwatch
