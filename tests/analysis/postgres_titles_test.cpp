// SPDX-License-Identifier: MIT
#include "analysis/postgres_titles.h"

#include <gtest/gtest.h>

#include <ostream>

namespace tierwatch {
namespace {

struct Title {
  const char* name;
  const char* title;
  BackendState state;
};

void PrintTo(const Title& one, std::ostream* out) { *out << one.title; }

class BackendTitle : public ::testing::TestWithParam<Title> {};

TEST_P(BackendTitle, TellsTheState) {
  EXPECT_EQ(backend_state(GetParam().title), GetParam().state);
}

constexpr BackendState kIdle = BackendState::kIdle, kActive = BackendState::kActive,
                       kWaiting = BackendState::kWaiting, kStarting = BackendState::kStarting,
                       kInTransaction = BackendState::kIdleInTransaction;

INSTANTIATE_TEST_SUITE_P(
    OfServers, BackendTitle,
    ::testing::Values(
        Title{"Idle", "postgres: 15/main: shop shopdb 127.0.0.1(45678) idle", kIdle},
        Title{"IdleBySocket", "postgres: 15/main: shop shopdb [local] idle", kIdle},
        Title{"Command", "postgres: 15/main: shop shopdb 127.0.0.1(45678) SELECT", kActive},
        Title{"WaitsForALock", "postgres: 15/main: shop shopdb [local] UPDATE waiting", kWaiting},
        Title{"WaitsByTcp", "postgres: shop shopdb 10.0.0.7(40412) SELECT waiting", kWaiting},
        Title{"InTransaction", "postgres: 15/main: shop shopdb [local] idle in transaction",
              kInTransaction},
        Title{"Aborted",
              "postgres: 15/main: shop shopdb 127.0.0.1(45678) idle in transaction (aborted)",
              kInTransaction},
        Title{"AbortedBySocket", "postgres: shop shopdb [local] idle in transaction (aborted)",
              kInTransaction},
        Title{"Initializing", "postgres: 17/main: shop shopdb [local] initializing", kStarting},
        Title{"Authenticates", "postgres: shop shopdb ::1(51234) authentication", kStarting},
        Title{"Startup", "postgres: 15/main: shop shopdb [local] startup", kStarting},
        Title{"BetweenCommands", "postgres: 15/main: shop shopdb 127.0.0.1(45678) ", kActive},
        Title{"WaitsForAReplica", "postgres: shop shopdb [local] COMMIT waiting for 0/3000148",
              kActive},
        Title{"PaddedWithBlanks", "postgres: shop shopdb [local] idle     ", kIdle}),
    [](const auto& one) { return std::string(one.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Odd, BackendTitle,
    ::testing::Values(
        Title{"NameOfTheDatabaseSaysIdle", "postgres: u idle 127.0.0.1(5) SELECT", kActive},
        Title{"NameOfTheUserSaysWaiting", "postgres: waiting db [local] idle", kIdle},
        Title{"BracketsInNames", "postgres: a(b) c(d) 127.0.0.1(45678) DELETE waiting", kWaiting},
        Title{"LocalInACluster", "postgres: [local]: u db [local] idle", kIdle},
        Title{"StillThePostmasters", "/usr/lib/postgresql/15/bin/postgres -D /var/lib/x",
              kStarting},
        Title{"OnlyABracket", "postgres: )", kActive}, Title{"OnlyTheName", "postgres: ", kActive},
        Title{"Empty", "", kStarting}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace tierwatch
