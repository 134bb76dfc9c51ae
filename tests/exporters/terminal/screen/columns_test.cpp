// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/terminal/tables/layout.h"

namespace tierwatch {
namespace {

constexpr ColumnSpec kSpecs[] = {{.name = "A", .width = 4, .rank = 0},
                                 {.name = "B", .width = 5, .rank = 2},
                                 {.name = "C", .width = 3, .rank = 1},
                                 {.name = "D", .width = 6, .rank = 0, .stretches = true}};

std::string placed(int width) {
  std::string text;
  for (const PlacedColumn& column : fit_columns(kSpecs, width))
    text += std::string(kSpecs[column.column].name) + std::to_string(column.x) + "+" +
            std::to_string(column.width) + " ";
  return text;
}

TEST(FitColumns, TheHighestRankGivesWayFirst) {
  EXPECT_EQ(placed(30), "A0+4 B5+5 C11+3 D15+15 ");
  EXPECT_EQ(placed(21), "A0+4 B5+5 C11+3 D15+6 ");
  EXPECT_EQ(placed(20), "A0+4 C5+3 D9+11 ");
  EXPECT_EQ(placed(14), "A0+4 D5+9 ");
}

TEST(FitColumns, WhatMustStayIsCut) {
  EXPECT_EQ(placed(7), "A0+4 D5+2 ");
  EXPECT_EQ(placed(3), "A0+3 ");
  EXPECT_EQ(placed(0), "");
}

TEST(FitColumns, NothingEverReachesBeyondTheWidth) {
  for (int width = -3; width < 300; ++width) {
    for (const PlacedColumn& column : process_columns({}, width))
      EXPECT_LE(column.x + column.width, width);
    for (const FooterLabel& label : footer_labels(width)) EXPECT_LE(0, label.x);
  }
}

TEST(LayOut, PartsFollowEachOtherAndStayInside) {
  for (int rows = 0; rows < 130; ++rows) {
    const Layout layout = lay_out({80, rows}, 2, 5);
    int y = 0;
    for (const Area& area :
         {layout.title, layout.verdict, layout.meters, layout.tier_header, layout.tiers,
          layout.process_header, layout.processes, layout.footer}) {
      if (area.height == 0) continue;
      EXPECT_GE(area.y, y) << rows;
      y = area.bottom();
      EXPECT_LE(y, rows);
    }
  }
}

TEST(LayOut, TiersComeBeforeProcesses) {
  const Layout layout = lay_out({40, 10}, 2, 4);
  EXPECT_GE(layout.tiers.height, 3);
  EXPECT_GE(layout.processes.height, 1);
}

}  // namespace
}  // namespace tierwatch
