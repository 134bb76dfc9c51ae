// SPDX-License-Identifier: MIT
#include "collectors/text/plain_words.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(PlainWords, CountsAgreeWithTheirNoun) {
  EXPECT_EQ(count_of(1, "worker"), "1 worker");
  EXPECT_EQ(count_of(3.98, "worker"), "4 workers");
  EXPECT_EQ(count_of(2, "process"), "2 processes");
  EXPECT_EQ(count_of(0, "worker"), "0 workers");
}

TEST(PlainWords, NumbersHaveAsFewDigitsAsSayThem) {
  EXPECT_EQ(few_digits(2), "2");
  EXPECT_EQ(few_digits(0.5), "0.5");
  EXPECT_EQ(few_digits(0.25), "0.25");
  EXPECT_EQ(few_digits(11.62), "11.6");
  EXPECT_EQ(few_digits(0), "0");
  EXPECT_EQ(two_digits(3.944), "3.94");
  EXPECT_EQ(percent(0.414), "41 %");
}

TEST(PlainWords, DurationsAreToldInTwoUnits) {
  EXPECT_EQ(duration_words(12.4), "12 s");
  EXPECT_EQ(duration_words(59.7), "1 m 0 s");
  EXPECT_EQ(duration_words(112), "1 m 52 s");
  EXPECT_EQ(duration_words(7500), "2 h 5 m");
  EXPECT_EQ(length_words(0.24), "240 ms");
  EXPECT_EQ(length_words(0.9996), "1 s");
  EXPECT_EQ(length_words(0), "0 s");
  EXPECT_EQ(length_words(12.4), "12 s");
}

TEST(PlainWords, ListsEndWithAnd) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b", "c"}), "a, b and c");
}

TEST(PlainWords, BytesAreMebibytesUntilAGibibyte) {
  EXPECT_EQ(bytes_words(0), "0 MiB");
  EXPECT_EQ(bytes_words(7), "1 KiB");
  EXPECT_EQ(bytes_words(20.0 * 1024), "20 KiB");
  EXPECT_EQ(bytes_words(0.96 * 1024 * 1024), "1 MiB");
  EXPECT_EQ(bytes_words(241.0 * 1024 * 1024), "241 MiB");
  EXPECT_EQ(bytes_words(1.5 * 1024 * 1024 * 1024), "1.5 GiB");
}

}  // namespace
}  // namespace tierwatch
