// SPDX-License-Identifier: MIT
#include "config/values.h"

#include <gtest/gtest.h>

#include <array>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

TEST(ParseDuration, IsANumberAndAUnit) {
  EXPECT_EQ(parse_duration("200ms"), milliseconds(200));
  EXPECT_EQ(parse_duration("1s"), milliseconds(1000));
  EXPECT_EQ(parse_duration("2m"), milliseconds(120'000));
  EXPECT_EQ(parse_duration("1h"), milliseconds(3'600'000));
  EXPECT_EQ(parse_duration("7d"), milliseconds(604'800'000));
  for (const char* text : {"", "1", "s", "1 s", "1.5s", "-1s", "1sec", " 1s", "1s ",
                           "9223372036854775807h", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(FormatDuration, IsReadBackAsTheSame) {
  for (const int ms : {0, 1, 999, 1000, 1500, 60'000, 61'000, 3'600'000, 5'400'000}) {
    EXPECT_EQ(parse_duration(format_duration(milliseconds(ms))), milliseconds(ms));
  }
  EXPECT_EQ(format_duration(milliseconds(60'000)), "1m");
}

TEST(ParseSize, IsANumberAndABinaryUnit) {
  EXPECT_EQ(parse_size("1GiB"), 1ull << 30);
  EXPECT_EQ(parse_size("3KiB"), 3072u);
  EXPECT_EQ(parse_size("7B"), 7u);
  for (const char* text : {"", "1", "1GB", "1 GiB", "-1B", "99999999999GiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(ListenAddress, Forms) {
  for (const char* good :
       {"127.0.0.1:9718", ":9718", "[::1]:9718", "[::]:0", "localhost:80", "unix:/run/x.sock"}) {
    EXPECT_EQ(listen_address_problem(good), std::nullopt) << good;
  }
  const std::string long_path = "unix:/" + std::string(120, 'x');
  for (const char* bad : {"", "127.0.0.1", "9718", ":", ":x", ":65536", ":-1", "::1:9718", "[::1]",
                          "[]:80", "unix:x", "unix:", "/run/x", "999.1.1.1:80", "1.2.3:80",
                          "a b:80", "http://x:80", long_path.c_str()}) {
    EXPECT_NE(listen_address_problem(bad), std::nullopt) << bad;
  }
}

TEST(ListenerPattern, Forms) {
  for (const char* good : {"tcp:5432", "tcp:127.0.0.1:80", "tcp:[::1]:80", "unix:/run/uwsgi/*"}) {
    EXPECT_EQ(listener_pattern_problem(good), std::nullopt) << good;
  }
  for (const char* bad :
       {"", "5432", "tcp:", "tcp:0", "tcp:x", "unix:run", "unix:/a[b", "udp:53"}) {
    EXPECT_NE(listener_pattern_problem(bad), std::nullopt) << bad;
  }
}

TEST(GlobProblem, UnclosedSetsAndTrailingBackslash) {
  for (const char* good : {"a", "*", "[a-z]", "[]]", "[!]]x", "\\[celeryd*", "a\\\\"}) {
    EXPECT_EQ(glob_problem(good), std::nullopt) << good;
  }
  for (const char* bad : {"", "[", "a[b", "[]", "[!]", "a\\"}) {
    EXPECT_NE(glob_problem(bad), std::nullopt) << bad;
  }
}

TEST(NameProblem, LabelsAreLowerCaseAndShort) {
  EXPECT_EQ(name_problem("php-fpm_2"), std::nullopt);
  EXPECT_EQ(name_problem(std::string(63, 'a')), std::nullopt);
  const std::string long_name(64, 'a');
  for (const char* bad : {"", "A", "a b", "ä", "a.b", long_name.c_str()}) {
    EXPECT_NE(name_problem(bad), std::nullopt) << bad;
  }
}

TEST(Nearest, IsALikelySlipOrNothing) {
  constexpr std::array<std::string_view, 4> words{"interval", "level", "kept_descriptors", "comm"};
  EXPECT_EQ(nearest("intervall", words), "interval");
  EXPECT_EQ(nearest("levle", words), "level");
  EXPECT_EQ(nearest("com", words), "comm");
  EXPECT_EQ(nearest("kept", words), "kept_descriptors");
  EXPECT_EQ(nearest("zzzzzz", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
