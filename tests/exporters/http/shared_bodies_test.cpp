// SPDX-License-Identifier: MIT
#include "exporters/http/shared_bodies.h"

#include <gtest/gtest.h>

#include "exporters/http/http_text.h"

namespace tierwatch {
namespace {

const std::string kLong(200 << 10, 'x');

std::string other(char letter) { return std::string(kLong.size(), letter); }

TEST(SharedBodies, AlikeBodiesOfAPageAreOne) {
  SharedBodies bodies(10 * kLong.size());
  const SharedBodyPtr one = bodies.share("/a", kLong);
  EXPECT_EQ(bodies.share("/a", kLong), one);
  EXPECT_NE(bodies.share("/a", other('y')), one);
  EXPECT_EQ(bodies.share("/a", kLong), one) << "it is on its way still";
  EXPECT_NE(bodies.share("/b", kLong), one);
}

TEST(SharedBodies, TheGzipFormIsMadeOnce) {
  SharedBodies bodies(10 * kLong.size());
  const std::string* compressed = bodies.share("/a", kLong)->compressed();
  ASSERT_TRUE(compressed);
  EXPECT_EQ(bodies.share("/a", kLong)->compressed(), compressed) << "kept though nobody reads it";
  EXPECT_EQ(from_gzip(*compressed), kLong);
}

TEST(SharedBodies, LongOnesBeyondTheRoomHaveNone) {
  SharedBodies bodies(2 * kLong.size());
  SharedBodyPtr one = bodies.share("/a", kLong);
  const SharedBodyPtr two = bodies.share("/a", other('y'));
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(bodies.share("/a", other('z')));
  EXPECT_EQ(bodies.share("/a", kLong), one) << "takes no more";
  EXPECT_TRUE(bodies.share("/metrics", std::string(SharedBodies::kAlwaysServed, 'm')));
  EXPECT_TRUE(bodies.share("/a", "short"));
  one.reset();
  EXPECT_TRUE(bodies.share("/a", other('z'))) << "there is room again";
}

TEST(SharedBodies, WhatIsKeptForNobodyMakesRoom) {
  SharedBodies bodies(2 * kLong.size());
  for (char letter = 'a'; letter <= 'z'; ++letter)
    EXPECT_TRUE(bodies.share(std::string(1, letter), other(letter))) << letter;
}

TEST(SharedBodies, ABodyAloneHasRoomHoweverLong) {
  SharedBodies bodies(1);
  SharedBodyPtr one = bodies.share("/a", kLong);
  ASSERT_TRUE(one);
  EXPECT_FALSE(bodies.share("/a", other('y')));
  one.reset();
  EXPECT_TRUE(bodies.share("/a", other('y')));
}

}  // namespace
}  // namespace tierwatch
