// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/figures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "exporters/glyphs.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Figures, BytesKeepThreeDigits) {
  EXPECT_EQ(short_bytes(0), "0K");
  EXPECT_EQ(short_bytes(512 * 1024), "512K");
  EXPECT_EQ(short_bytes(24.14 * 1048576), "24.1M");
  EXPECT_EQ(short_bytes(999.9 * 1024), "0.98M");
  EXPECT_EQ(short_bytes(1.5 * 1073741824), "1.50G");
}

TEST(Figures, CoresPercentAndCounts) {
  EXPECT_EQ(short_cores(3.94), "3.94");
  EXPECT_EQ(short_cores(12.34), "12.3");
  EXPECT_EQ(short_cores(128), "128");
  EXPECT_EQ(short_percent(0), "0%");
  EXPECT_EQ(short_percent(0.001), "<1%");
  EXPECT_EQ(short_percent(0.414), "41%");
  EXPECT_EQ(short_percent(50), ">999%");
  EXPECT_EQ(short_count(9999), "9999");
  EXPECT_EQ(short_count(12345), "12k");
}

TEST(Figures, TimeIsWrittenAsInHtop) {
  EXPECT_EQ(short_time(milliseconds(4120)), "0:04.12");
  EXPECT_EQ(short_time(seconds(12 * 60 + 31)), "12:31.00");
  EXPECT_EQ(short_time(seconds(3 * 3600 + 7 * 60 + 12)), "3h07:12");
  EXPECT_EQ(short_time(seconds(12 * 86400 + 3 * 3600)), "12d03h");
}

TEST(Figures, NoFigureIsWiderThanItsColumn) {
  for (double value = 1e-3; value < 1e19; value *= 1.37) {
    EXPECT_LE(short_bytes(value).size(), 5u) << value;
    EXPECT_LE(short_cores(value).size(), 4u) << value;
    EXPECT_LE(short_percent(value).size(), 5u) << value;
    EXPECT_LE(short_count(value).size(), 4u) << value;
    const nanoseconds time(static_cast<long long>(std::min(value, 9e18)));
    EXPECT_LE(short_time(time).size(), 8u) << value;
  }
}

TEST(Figures, WhatIsNoNumberIsUnknown) {
  for (const double value : {std::nan(""), -1.0}) {
    EXPECT_EQ(short_bytes(value), kUnknownFigure);
    EXPECT_EQ(short_cores(value), kUnknownFigure);
    EXPECT_EQ(short_percent(value), kUnknownFigure);
    EXPECT_EQ(short_count(value), kUnknownFigure);
  }
}

}  // namespace
}  // namespace tierwatch
