// SPDX-License-Identifier: MIT
#include "collectors/rules/listen_pattern.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

struct Case {
  const char* name;
  const char* pattern;
  SocketFamily family;
  const char* address;
  std::uint16_t port;
  bool matches;
};

class ListenPatternCases : public testing::TestWithParam<Case> {};

TEST_P(ListenPatternCases, Matches) {
  const auto pattern = ListenPattern::parse(GetParam().pattern);
  ASSERT_TRUE(pattern);
  EXPECT_EQ(
      pattern->matches(
          {.family = GetParam().family, .address = GetParam().address, .port = GetParam().port}),
      GetParam().matches);
}

constexpr auto k4 = SocketFamily::kTcp4;
constexpr auto k6 = SocketFamily::kTcp6;
constexpr auto kU = SocketFamily::kUnix;

INSTANTIATE_TEST_SUITE_P(
    Cases, ListenPatternCases,
    testing::Values(
        Case{"port_on_any_address", "tcp:5432", k4, "127.0.0.1:5432", 5432, true},
        Case{"port_on_ipv6", "tcp:5432", k6, "[::]:5432", 5432, true},
        Case{"other_port", "tcp:5432", k4, "127.0.0.1:5433", 5433, false},
        Case{"address", "tcp:127.0.0.1:80", k4, "127.0.0.1:80", 80, true},
        Case{"other_address", "tcp:127.0.0.1:80", k4, "0.0.0.0:80", 80, false},
        Case{"ipv6_address", "tcp:[::1]:80", k6, "[::1]:80", 80, true},
        Case{"port_is_no_path", "tcp:80", kU, "/run/80", 0, false},
        Case{"path", "unix:/run/uwsgi/*", kU, "/run/uwsgi/app/socket", 0, true},
        Case{"other_path", "unix:/run/uwsgi/*", kU, "/run/php/fpm.sock", 0, false},
        Case{"var_run_is_run", "unix:/run/uwsgi/*", kU, "/var/run/uwsgi/app.sock", 0, true},
        Case{"run_is_var_run", "unix:/var/run/uwsgi/*", kU, "/run/uwsgi/app.sock", 0, true},
        Case{"abstract", "unix:@app*", kU, "@app-1", 0, true},
        Case{"abstract_is_no_path", "unix:/app", kU, "@/app", 0, false},
        Case{"path_is_no_port", "unix:/run/*", k4, "127.0.0.1:80", 80, false}),
    [](const auto& param) { return param.param.name; });

TEST(ListenPattern, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "tcp", "tcp:", "tcp:http", "tcp:0", "tcp:65536", "tcp::80", "80",
                           "unix", "unix:", "unix:app.sock", "udp:53", "tcp:80:"})
    EXPECT_FALSE(ListenPattern::parse(text)) << text;
}

}  // namespace
}  // namespace tierwatch
