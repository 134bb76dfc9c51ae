// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_stat.h"

#include <gtest/gtest.h>

#include <string>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

constexpr nanoseconds kTick = milliseconds(10);

// Fields 4 to 24 of a worker on Linux 6.1; what follows is of no interest.
constexpr const char* kRest =
    " 4711 4711 4711 0 -1 4194560 1530 99 7 3 250 125 40 30 20 0 4 0 123456 56528896 1815 "
    "18446744073709551615\n";

std::optional<ProcessStat> parse(const std::string& text) { return parse_stat(text, kTick); }

TEST(ParseStat, EveryFieldStandsWhereTheKernelPutsIt) {
  const auto stat = parse(std::string("4712 (nginx) S") + kRest);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->id, (ProcessId{.pid = 4712, .started = 123456 * kTick}));
  EXPECT_EQ(stat->parent_pid, 4711);
  EXPECT_EQ(stat->comm, "nginx");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->user_cpu, 250 * kTick);
  EXPECT_EQ(stat->system_cpu, 125 * kTick);
  EXPECT_EQ(stat->children_user_cpu, 40 * kTick);
  EXPECT_EQ(stat->children_system_cpu, 30 * kTick);
  EXPECT_EQ(stat->major_faults, 7u);
  EXPECT_EQ(stat->children_major_faults, 3u);
  EXPECT_EQ(stat->thread_count, 4u);
  EXPECT_FALSE(stat->kernel_thread);
}

TEST(ParseStat, KernelThreadsAreMarked) {
  const auto stat = parse(
      "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 5 0 0 20 0 1 0 3 0 0 18446744073709551615\n");
  ASSERT_TRUE(stat);
  EXPECT_TRUE(stat->kernel_thread);
}

class OddNamesInStat : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(OddNamesInStat, AreNamesAndNothingElse) {
  const std::string name = GetParam().second;
  const auto stat = parse("10 (" + name + ") R" + kRest);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, name);
  EXPECT_EQ(stat->state, 'R');
  EXPECT_EQ(stat->parent_pid, 4711);
}

INSTANTIATE_TEST_SUITE_P(Names, OddNamesInStat,
                         testing::Values(std::pair{"stat_line", "a) R 1 (b"},
                                         std::pair{"closing", ")"}, std::pair{"opening", "(("},
                                         std::pair{"empty", ""}, std::pair{"newline", "a\nb"},
                                         std::pair{"blanks", "  "},
                                         std::pair{"whole_line", "9 (x) Z 1 2"}),
                         [](const auto& name) { return name.param.first; });

TEST(ParseStat, AnyShorterTextIsAbsent) {
  const std::string whole = std::string("10 (a) R 1 (b) S") + kRest;
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse(whole.substr(0, length))) << length;
}

class BadStat : public testing::TestWithParam<std::pair<const char*, std::string>> {};

TEST_P(BadStat, IsAbsent) { EXPECT_FALSE(parse(GetParam().second)); }

INSTANTIATE_TEST_SUITE_P(
    Texts, BadStat,
    testing::Values(std::pair{"empty", ""}, std::pair{"newline", "\n"},
                    std::pair{"no_name", "10 S 1 1 1\n"}, std::pair{"reversed", "10 )a( S 1\n"},
                    std::pair{"long_state", std::string("10 (a) SS") + kRest},
                    std::pair{"no_pid", std::string("(a) S") + kRest},
                    std::pair{"too_few", "10 (a) S 1 1 1 0 -1 4194560 1 1 1 1 1 1\n"},
                    std::pair{"letters", "10 (a) S 1 1 1 0 -1 x 1 1 1 1 1 1 1 1 20 0 1 0 5 1\n"},
                    std::pair{"too_long_ago",
                              "10 (a) S 1 1 1 0 -1 4 1 1 1 1 1 1 1 1 20 0 1 0 "
                              "18446744073709551615 1\n"}),
    [](const auto& text) { return text.param.first; });

}  // namespace
}  // namespace tierwatch
