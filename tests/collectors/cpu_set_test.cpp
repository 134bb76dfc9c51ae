// SPDX-License-Identifier: MIT
#include "collectors/cpu_set.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

CpuSet set_of(std::initializer_list<std::size_t> cpus) {
  CpuSet set;
  for (const std::size_t cpu : cpus) set.add(cpu);
  return set;
}

TEST(ParseCpuList, RangesAndSingles) {
  EXPECT_EQ(parse_cpu_list("0-3,7"), set_of({0, 1, 2, 3, 7}));
  EXPECT_EQ(parse_cpu_list("0\n"), set_of({0}));
  EXPECT_EQ(parse_cpu_list("63-64,8191"), set_of({63, 64, 8191}));
}

TEST(ParseCpuList, NothingIsTheEmptySet) {
  EXPECT_EQ(parse_cpu_list(""), CpuSet());
  EXPECT_EQ(parse_cpu_list("\n"), CpuSet());
}

TEST(ParseCpuList, NoListIsAbsent) {
  for (const char* text : {"all", "3-1", "-3", "1-", "1,,2", "1-2-3", "0 1", "0x3", "65536",
                           "0-18446744073709551615", "99999999999999999999"})
    EXPECT_FALSE(parse_cpu_list(text)) << text;
}

TEST(CpuSet, CountsAndContains) {
  const CpuSet set = set_of({0, 5, 64, 200});
  EXPECT_EQ(set.count(), 4u);
  EXPECT_TRUE(set.contains(64));
  EXPECT_FALSE(set.contains(63));
  EXPECT_FALSE(set.contains(10000));
}

TEST(CpuSet, IntersectionOfDifferentLengths) {
  EXPECT_EQ(set_of({0, 1, 100}) & set_of({1, 2}), set_of({1}));
  EXPECT_EQ(set_of({1, 2}) & set_of({0, 1, 100}), set_of({1}));
  EXPECT_EQ(set_of({100}) & set_of({101}), CpuSet());
}

TEST(CpuSet, UnionOfDifferentLengths) {
  EXPECT_EQ(set_of({0}) | set_of({100}), set_of({0, 100}));
  EXPECT_EQ(set_of({100}) | set_of({0}), set_of({0, 100}));
}

}  // namespace
}  // namespace tierwatch
