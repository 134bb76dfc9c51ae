// SPDX-License-Identifier: MIT
#include "collectors/python/line_table.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tierwatch {
namespace {

/// The first byte of an entry: its kind, and how many code units it is about.
char head(int kind, int units) { return static_cast<char>(0x80 | kind << 3 | (units - 1)); }

TEST(LineTable, FollowsEachKindOfEntry) {
  const std::string table = {
      head(0, 2),  0x12,  // short form: the line stays 10
      head(11, 1), 4,
      8,                    // one line form: 11
      head(13, 3), 3 << 1,  // no columns: 14
      head(14, 1), 5 << 1,
      1,           1,
      1,                          // long: 19, with the last line and two columns
      head(13, 1), (7 << 1) | 1,  // back: 12
      head(15, 2),                // no location: the function's own line
      head(10, 1), 1,
      2,  // and on from 12
  };
  const LineTable lines(table, 10);
  const std::uint32_t expected[] = {10, 10, 11, 14, 14, 14, 19, 12, 10, 10, 12};
  for (std::int64_t unit = 0; unit < 11; ++unit) EXPECT_EQ(lines.line_of(unit), expected[unit]);
  EXPECT_EQ(lines.line_of(-1), 10u);
  EXPECT_EQ(lines.line_of(11), 10u);
}

TEST(LineTable, ReadsNumbersOfSeveralBytes) {
  // 200 lines on: 400 = 16 + 6·64, six bits a byte.
  const std::string table = {head(13, 1), static_cast<char>(64 | 16), 6};
  EXPECT_EQ(LineTable(table, 1).line_of(0), 201u);
}

TEST(LineTable, EndsWhereTheTableMakesNoSense) {
  for (const std::string& table : {std::string{head(13, 1)}, std::string{1, 2, 3},
                                   std::string{head(13, 1), 5 << 1 | 1, head(0, 1), 1}}) {
    const LineTable lines(table, 2);
    for (std::int64_t unit = -3; unit < 20; ++unit) EXPECT_EQ(lines.line_of(unit), 2u);
  }
}

// Of 3.9: pairs of a distance in bytes (units have two) and one in lines.
TEST(LineTable, FollowsLineNumbers) {
  // Line 10 for two units, 12 for one, back to 9, and 300 lines on in two steps.
  const std::string table = {4, 2, 2, static_cast<char>(-3), 2, 127, 0, 127, 0, 46};
  const LineTable lines(table, 10, LineTable::Form::kLineNumbers);
  const std::uint32_t expected[] = {10, 10, 12, 9, 309, 309};
  for (std::int64_t unit = 0; unit < 6; ++unit) EXPECT_EQ(lines.line_of(unit), expected[unit]);
  EXPECT_EQ(lines.line_of(-1), 10u);
  EXPECT_EQ(LineTable("", 7, LineTable::Form::kLineNumbers).line_of(5), 7u);
}

class AnyLineTable : public testing::TestWithParam<LineTable::Form> {};

INSTANTIATE_TEST_SUITE_P(Forms, AnyLineTable,
                         testing::Values(LineTable::Form::kLocations,
                                         LineTable::Form::kLineNumbers));

TEST_P(AnyLineTable, TakesAnyBytes) {
  std::minstd_rand random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string table(random() % 200, '\0');
    for (char& byte : table) byte = static_cast<char>(random());
    const LineTable lines(table, static_cast<std::uint32_t>(random() % 1000), GetParam());
    EXPECT_LE(lines.size(), table.size() + 1);
    for (std::int64_t unit = -2; unit < 500; ++unit) EXPECT_LT(lines.line_of(unit), 1u << 31);
  }
}

}  // namespace
}  // namespace tierwatch
