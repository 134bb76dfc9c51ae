// SPDX-License-Identifier: MIT
#include "collectors/parse/aside.h"

#include <gtest/gtest.h>

#include <new>
#include <thread>

#include "tests/support/gate.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kLong = seconds(60);
constexpr auto kShort = milliseconds(1);

TEST(Aside, GivesWhatTheWorkGave) {
  Aside aside;
  EXPECT_EQ(aside.run([] { return "a"; }, kLong), "a");
  EXPECT_EQ(aside.run([] { return "b"; }, kLong), "b");
  EXPECT_EQ(aside.stuck(), 0u);
}

TEST(Aside, WorkThatThrowsGivesNothing) {
  Aside aside;
  EXPECT_EQ(aside.run([]() -> std::string { throw std::bad_alloc(); }, kLong), "");
  EXPECT_EQ(aside.run([] { return "b"; }, kLong), "b");
}

TEST(Aside, WorkThatDoesNotEndHoldsUpNobodyAndIsBounded) {
  const auto gate = std::make_shared<Gate>();
  const auto stuck = [gate] {
    gate->pass();
    return std::string();
  };
  Aside aside;
  for (unsigned i = 1; i <= Aside::kMostStuck; ++i) {
    EXPECT_EQ(aside.run([] { return "b"; }, kLong), "b");
    EXPECT_EQ(aside.run(stuck, kShort), std::nullopt);
    EXPECT_EQ(aside.stuck(), i);
  }
  EXPECT_EQ(aside.run([] { return "b"; }, kLong), std::nullopt) << "no more threads";
  gate->open();
  while (aside.stuck() > 0) std::this_thread::yield();
  EXPECT_EQ(aside.run([] { return "b"; }, kLong), "b");
}

TEST(Aside, EndsWithoutWhatDoesNotEnd) {
  const auto gate = std::make_shared<Gate>();
  {
    Aside aside;
    aside.run(
        [gate] {
          gate->pass();
          return std::string();
        },
        kShort);
  }
  gate->open();
}

}  // namespace
}  // namespace tierwatch
