// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <ostream>

#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

struct Case {
  const char* name;
  const char* title;
  BackendState state;
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.title; }

class BackendTitle : public ::testing::TestWithParam<Case> {};

TEST_P(BackendTitle, TellsTheState) {
  EXPECT_EQ(traits_of("postgres").backend_state(GetParam().title), GetParam().state);
}

constexpr BackendState kIdle = BackendState::kIdle, kActive = BackendState::kActive,
                       kWaiting = BackendState::kWaiting, kSilent = BackendState::kSilent,
                       kStarting = BackendState::kStarting,
                       kInTransaction = BackendState::kIdleInTransaction;

INSTANTIATE_TEST_SUITE_P(
    OfServers, BackendTitle,
    ::testing::Values(
        Case{"Idle", "postgres: 15/main: shop shopdb 127.0.0.1(45678) idle", kIdle},
        Case{"IdleBySocket", "postgres: 15/main: shop shopdb [local] idle", kIdle},
        Case{"Command", "postgres: 15/main: shop shopdb 127.0.0.1(45678) SELECT", kActive},
        Case{"WaitsForALock", "postgres: 15/main: shop shopdb [local] UPDATE waiting", kWaiting},
        Case{"WaitsByTcp", "postgres: shop shopdb 10.0.0.7(40412) SELECT waiting", kWaiting},
        Case{"InTransaction", "postgres: 15/main: shop shopdb [local] idle in transaction",
             kInTransaction},
        Case{"Aborted",
             "postgres: 15/main: shop shopdb 127.0.0.1(45678) idle in transaction (aborted)",
             kInTransaction},
        Case{"AbortedBySocket", "postgres: shop shopdb [local] idle in transaction (aborted)",
             kInTransaction},
        Case{"Initializing", "postgres: 17/main: shop shopdb [local] initializing", kStarting},
        Case{"Authenticates", "postgres: shop shopdb ::1(51234) authentication", kStarting},
        Case{"Startup", "postgres: 15/main: shop shopdb [local] startup", kStarting},
        Case{"BetweenCommands", "postgres: 15/main: shop shopdb 127.0.0.1(45678) ", kSilent},
        Case{"WaitsForAReplica", "postgres: shop shopdb [local] COMMIT waiting for 0/3000148",
             kActive},
        Case{"PaddedWithBlanks", "postgres: shop shopdb [local] idle     ", kIdle}),
    [](const auto& one) { return std::string(one.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Odd, BackendTitle,
    ::testing::Values(
        Case{"NameOfTheDatabaseSaysIdle", "postgres: u idle 127.0.0.1(5) SELECT", kActive},
        Case{"NameOfTheUserSaysWaiting", "postgres: waiting db [local] idle", kIdle},
        Case{"BracketsInNames", "postgres: a(b) c(d) 127.0.0.1(45678) DELETE waiting", kWaiting},
        Case{"LocalInACluster", "postgres: [local]: u db [local] idle", kIdle},
        Case{"StillThePostmasters", "/usr/lib/postgresql/15/bin/postgres -D /var/lib/x", kStarting},
        Case{"OnlyABracket", "postgres: )", kSilent}, Case{"OnlyTheName", "postgres: ", kSilent},
        Case{"CutShort", "postgres: app postgres 127.0.0.1(456", kSilent},
        Case{"Empty", "", kStarting}),
    [](const auto& one) { return std::string(one.param.name); });

std::optional<double> usable(double queue_limit, double somaxconn, const char* version = "15") {
  const std::string title =
      "/usr/lib/postgresql/" + std::string(version) + "/bin/postgres -D /var/lib/postgresql";
  return traits_of("postgres").connections_by_backlog(title, queue_limit, somaxconn);
}

TEST(UsablePostgresConnections, FollowFromTheBacklog) {
  EXPECT_EQ(usable(244, 4096), 97.0);  // max_connections = 100
  EXPECT_EQ(usable(60, 4096), 5.0);    // max_connections = 8
}

TEST(UsablePostgresConnections, BacklogCutBySomaxconnTellsNothing) {
  EXPECT_FALSE(usable(128, 128));
  EXPECT_FALSE(usable(20, 4096));
}

TEST(PostgresBacklog, SaysNothingOfVersionsThatCountOtherwise) {
  EXPECT_FALSE(usable(244, 4096, "16"));
  EXPECT_FALSE(
      traits_of("postgres").connections_by_backlog("postgres: u d [local] idle", 244, 4096));
}

}  // namespace
}  // namespace tierwatch
