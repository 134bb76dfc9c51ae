// SPDX-License-Identifier: MIT
#include "analysis/facts/host_rates.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HostReading two_cores(CpuTimes all) { return {.cpu = all, .cpus = {all, all}}; }

TEST(HostSample, ModesAreSharesOfTheTimeTheKernelAccounted) {
  const HostReading before = two_cores({});
  const HostSample sample =
      host_sample(&before, two_cores({.user = seconds(3), .idle = seconds(4), .steal = seconds(1)}),
                  seconds(4));
  ASSERT_TRUE(sample.cpu);
  EXPECT_DOUBLE_EQ(sample.cpu->user, 0.75);
  EXPECT_DOUBLE_EQ(sample.cpu->steal, 0.25);
  EXPECT_DOUBLE_EQ(sample.cpu->busy(), 0.75);  // what others took from us is not our work
  EXPECT_EQ(sample.processors, 2u);
}

TEST(HostSample, GuestTimeIsNotCountedTwice) {
  const HostReading before = two_cores({});
  const HostSample sample =
      host_sample(&before, two_cores({.user = seconds(2), .guest = seconds(2)}), seconds(1));
  EXPECT_DOUBLE_EQ(sample.cpu->busy(), 2.0);
}

TEST(HostSample, ModeThatStepsBackTookNoTime) {
  const HostReading before = two_cores({.user = seconds(1), .iowait = seconds(5)});
  const HostSample sample =
      host_sample(&before, two_cores({.user = seconds(2), .iowait = seconds(4)}), seconds(1));
  EXPECT_DOUBLE_EQ(sample.cpu->iowait, 0);
  EXPECT_DOUBLE_EQ(sample.cpu->user, 2);
}

TEST(HostSample, ProcessorsThatCameOrWentAreNotCompared) {
  HostReading before = two_cores({.user = seconds(1)});
  before.cpus.pop_back();
  EXPECT_TRUE(host_sample(&before, two_cores({.user = seconds(2)}), seconds(1)).cpus.empty());
}

/// They were there for a part of the interval: so much as the kernel accounted.
TEST(HostSample, ProcessorsThatWentWorkedUntilThen) {
  HostReading before = two_cores({});
  before.cpus.resize(4);
  const HostReading now = two_cores({.user = seconds(6)});
  EXPECT_DOUBLE_EQ(host_sample(&before, now, seconds(2)).cpu.value().user, 3);
  EXPECT_DOUBLE_EQ(host_sample(&before, now, seconds(1)).cpu.value().user, 4);
  EXPECT_DOUBLE_EQ(host_sample(&before, now, seconds(9)).cpu.value().user, 2);
}

TEST(HostSample, WithoutProcessorsThereAreNoModes) {
  HostReading before = two_cores({}), now = two_cores({.user = seconds(2)});
  before.cpus.clear();
  now.cpus.clear();
  EXPECT_FALSE(host_sample(&before, now, seconds(1)).cpu);
}

TEST(HostSample, WithoutTimeThereAreNoModes) {
  const HostReading before = two_cores({.user = seconds(1)});
  EXPECT_FALSE(host_sample(&before, two_cores({.user = seconds(2)}), seconds(0)).cpu);
}

TEST(HostSample, PressureIsTheShareOfTimeSomeTaskWaited) {
  HostReading before, now;
  before.cpu_pressure = PressureReading{.some = seconds(10)};
  now.cpu_pressure = PressureReading{.some = seconds(10) + milliseconds(500)};
  EXPECT_DOUBLE_EQ(host_sample(&before, now, seconds(2)).cpu_pressure_ratio.value(), 0.25);
  EXPECT_FALSE(host_sample(&before, now, seconds(2)).memory_pressure_ratio);
}

TEST(HostSample, WhatStartedAnewHasNoRateInThatTick) {
  HostReading before = two_cores({.user = seconds(1)});
  before.cpu_numbers = {0, 3};
  before.cpu_pressure = before.io_pressure = PressureReading{.some = seconds(10)};
  HostReading now = two_cores({.user = seconds(2)});
  now.cpu_numbers = {0, 3};
  now.cpu_pressure = now.io_pressure = PressureReading{.some = seconds(11)};
  now.restarted = {"cpu 3", "io pressure"};
  const HostSample sample = host_sample(&before, now, seconds(1));
  EXPECT_TRUE(sample.cpu);
  EXPECT_TRUE(sample.cpus.at(0));
  EXPECT_FALSE(sample.cpus.at(1));
  EXPECT_TRUE(sample.cpu_pressure_ratio);
  EXPECT_FALSE(sample.io_pressure_ratio);
  now.restarted = {"cpu"};
  EXPECT_FALSE(host_sample(&before, now, seconds(1)).cpu);
}

TEST(HostSample, FirstReadingHasNoRates) {
  const HostSample sample = host_sample(nullptr, two_cores({.user = seconds(1)}), seconds(0));
  EXPECT_FALSE(sample.cpu);
  EXPECT_EQ(sample.processors, 2u);
}

}  // namespace
}  // namespace tierwatch
