// SPDX-License-Identifier: MIT
#include "analysis/facts/listener_rates.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ListenerReading at(int second, double queue_seconds, milliseconds queued, milliseconds full) {
  ListenerReading reading;
  reading.address = "127.0.0.1:80";
  reading.observed = seconds(second);
  reading.queue_seconds = queue_seconds;
  reading.queued_time = queued;
  reading.full_time = full;
  return reading;
}

TEST(ListenerRates, TheFirstReadingHasNone) {
  ListenerRates rates;
  const auto samples = rates.advance({at(5, 10, seconds(1), {})}, seconds(1));
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].queue_mean, std::nullopt);
  EXPECT_EQ(samples[0].queued_ratio, std::nullopt);
  EXPECT_EQ(samples[0].full_ratio, std::nullopt);
  EXPECT_EQ(samples[0].drops_per_second, std::nullopt);
}

TEST(ListenerRates, AreSharesOfTheTimeThatWasObserved) {
  ListenerRates rates;
  rates.advance({at(10, 100, seconds(4), seconds(1))}, seconds(2));
  const auto samples = rates.advance({at(12, 130, seconds(5), milliseconds(1500))}, seconds(2));
  EXPECT_DOUBLE_EQ(*samples[0].queue_mean, 15);
  EXPECT_DOUBLE_EQ(*samples[0].queued_ratio, 0.5);
  EXPECT_DOUBLE_EQ(*samples[0].full_ratio, 0.25);
}

TEST(ListenerRates, AQueueThatWasNotLookedAtIsNotKnown) {
  ListenerRates rates;
  rates.advance({at(10, 100, seconds(4), {})}, seconds(1));
  EXPECT_EQ(rates.advance({at(10, 100, seconds(4), {})}, seconds(1))[0].queued_ratio, std::nullopt);
}

TEST(ListenerRates, DropsArePerSecondOfTheInterval) {
  ListenerRates rates;
  ListenerReading before = at(10, 0, {}, {}), now = at(12, 0, {}, {});
  before.drops = 7;
  now.drops = 17;
  rates.advance({before}, seconds(2));
  EXPECT_EQ(rates.advance({now}, seconds(2))[0].drops_per_second, 5);
}

TEST(ListenerRates, OneAddressInTwoContainersIsTwoListeners) {
  ListenerRates rates;
  ListenerReading own = at(10, 0, {}, {}), other = own;
  other.network = "container 3fa9c1d2b3e4";
  own.drops = 7;
  other.drops = 100;
  rates.advance({own, other}, {});
  own.drops = 9;
  const auto samples = rates.advance({own, other}, seconds(1));
  EXPECT_EQ(samples[0].drops_per_second, 2);
  EXPECT_EQ(samples[1].drops_per_second, 0);
}

TEST(ListenerRates, OfUnixSocketsDropsStayUnknown) {
  ListenerRates rates;
  rates.advance({at(10, 0, {}, {})}, seconds(1));
  EXPECT_EQ(rates.advance({at(11, 0, {}, {})}, seconds(1))[0].drops_per_second, std::nullopt);
}

TEST(ListenerRates, TotalsThatBeganAnewAreNotCompared) {
  ListenerRates rates;
  rates.advance({at(700, 1000, seconds(600), {})}, seconds(1));
  const auto samples = rates.advance({at(1, 0, {}, {})}, seconds(1));
  EXPECT_EQ(samples[0].queue_mean, std::nullopt);
}

TEST(ListenerRates, AddressesOfTwoFamiliesAreTwo) {
  ListenerRates rates;
  ListenerReading four = at(10, 0, {}, {}), six = at(10, 50, {}, {});
  six.family = SocketFamily::kTcp6;
  rates.advance({four, six}, seconds(1));
  four.observed = six.observed = seconds(11);
  six.queue_seconds = 53;
  const auto samples = rates.advance({four, six}, seconds(1));
  EXPECT_EQ(samples[0].queue_mean, 0);
  EXPECT_EQ(samples[1].queue_mean, 3);
}

TEST(ListenerRates, AnAddressThatWasAwayBeginsAnew) {
  ListenerRates rates;
  rates.advance({at(10, 0, {}, {})}, seconds(1));
  rates.advance({}, seconds(1));
  EXPECT_EQ(rates.advance({at(12, 5, {}, {})}, seconds(1))[0].queue_mean, std::nullopt);
}

}  // namespace
}  // namespace tierwatch
