// SPDX-License-Identifier: MIT
#include "daemon/top/side_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr nanoseconds kLong = std::chrono::minutes(10);

std::optional<std::string> next_found(SideWork& work) {
  while (true) {
    pollfd source{.fd = work.descriptor(), .events = POLLIN, .revents = 0};
    if (poll(&source, 1, 20'000) <= 0) return std::nullopt;
    if (auto found = work.take()) return found;
  }
}

TEST(SideWork, WhatItFindsIsGivenOnce) {
  SideWork work;
  work.begin([](const SideWork::Sleep&) { return std::string("found"); });
  EXPECT_THAT(next_found(work), Optional(std::string("found")));
  EXPECT_EQ(work.take(), std::nullopt);
}

TEST(SideWork, WhatItThrowsIsTold) {
  SideWork work;
  work.begin([](const SideWork::Sleep&) -> std::string {
    throw std::runtime_error("the right is missing");
  });
  EXPECT_THAT(next_found(work), Optional(HasSubstr("right is missing")));
}

TEST(SideWork, StoppingEndsItsSleepAndNothingIsTold) {
  SideWork work;
  std::promise<bool> slept;
  work.begin([&slept](const SideWork::Sleep& sleep) {
    slept.set_value(sleep(monotonic_now() + kLong));
    return std::string("too late");
  });
  work.stop();
  EXPECT_FALSE(slept.get_future().get());
  EXPECT_EQ(work.take(), std::nullopt);
}

TEST(SideWork, TheNextTakesThePlaceOfTheOneBefore) {
  SideWork work;
  work.begin([](const SideWork::Sleep& sleep) {
    sleep(monotonic_now() + kLong);
    return std::string("first");
  });
  work.begin([](const SideWork::Sleep&) { return std::string("second"); });
  EXPECT_THAT(next_found(work), Optional(std::string("second")));
}

TEST(SideWork, WhatDoesNotEndIsNotBegunWithoutEnd) {
  SideWork work;
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  std::atomic<std::size_t> begun = 0;
  for (std::size_t i = 0; i <= SideWork::kMostEnding; ++i) {
    work.begin([ended, &begun](const SideWork::Sleep&) {
      ++begun;
      ended.wait();
      return std::string("at last");
    });
  }
  EXPECT_THAT(next_found(work), Optional(HasSubstr("has not ended yet")));
  end.set_value();
  EXPECT_LE(begun, SideWork::kMostEnding);
}

TEST(SideWork, ASleepThatIsOverIsNoEnd) {
  SideWork work;
  work.begin([](const SideWork::Sleep& sleep) {
    return std::string(sleep(monotonic_now()) ? "on" : "stopped");
  });
  EXPECT_THAT(next_found(work), Optional(std::string("on")));
}

}  // namespace
}  // namespace tierwatch
