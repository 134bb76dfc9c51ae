// SPDX-License-Identifier: MIT
#include "analysis/inside/inside_findings.h"

#include <gtest/gtest.h>

#include "analysis/inside/native_findings.h"

namespace tierwatch {
namespace {

constexpr auto kRunning = ThreadActivity::kRunning;

/// Functions 0 to 5: three of an application, one of a library, two of Python's own.
const std::vector<PythonFunction> kFunctions = {
    {"render", "/srv/shop/views.py", 30},
    {"mail", "/srv/shop/mail.py", 5},
    {"<module>", "/srv/shop/wsgi.py", 1},
    {"dumps", "/usr/lib/python3/dist-packages/simplejson/__init__.py", 9},
    {"Condition.wait", "/usr/lib/python3.11/threading.py", 288},
    {"Thread.run", "/usr/lib/python3.11/threading.py", 970}};

PythonSample sample(ThreadActivity activity, std::vector<PythonFrame> frames,
                    std::string peer = "") {
  return {.pid = 1, .tid = 1, .activity = activity, .peer = peer, .frames = std::move(frames)};
}

StackTally tally_of(const std::vector<std::pair<PythonSample, int>>& samples) {
  StackTally tally;
  for (const auto& [sample, times] : samples) {
    for (int i = 0; i < times; ++i) tally.add(sample, kFunctions);
  }
  return tally;
}

TEST(InsideFindings, NamesTheApplicationsFunctionAndItsHottestLine) {
  const StackTally tally = tally_of({{sample(kRunning, {{3, 12}, {0, 41}, {2, 3}}), 50},
                                     {sample(kRunning, {{0, 44}, {2, 3}}), 20},
                                     {sample(kRunning, {{1, 6}, {2, 3}}), 30}});
  const InsideFindings found = find_inside(tally, kFunctions, std::nullopt);
  ASSERT_TRUE(found.hottest);
  EXPECT_EQ(*found.hottest, (InsidePlace{"render", "/srv/shop/views.py", 41}));
  EXPECT_DOUBLE_EQ(found.hottest_share, 0.7);
  EXPECT_EQ(found.functions[0].function.name, "dumps");
  EXPECT_DOUBLE_EQ(found.functions[0].self, 0.5);
  EXPECT_EQ(found.functions[2].function.name, "render");
  EXPECT_DOUBLE_EQ(found.functions[2].self, 0.2);
  EXPECT_DOUBLE_EQ(found.functions[2].total, 0.7);
  EXPECT_DOUBLE_EQ(found.lines[0].self, 0.5);
  EXPECT_EQ(found.stacks[0].samples, 50u);
}

TEST(InsideFindings, CountsAFunctionThatCallsItselfOnce) {
  const StackTally tally = tally_of({{sample(kRunning, {{0, 31}, {0, 32}, {0, 32}, {2, 1}}), 10}});
  const InsideFindings found = find_inside(tally, kFunctions, std::nullopt);
  EXPECT_DOUBLE_EQ(found.functions[0].total, 1);
  EXPECT_DOUBLE_EQ(found.functions[0].self, 1);
}

TEST(InsideFindings, HasWhatIsWaitedForAndOnWhom) {
  const StackTally tally =
      tally_of({{sample(ThreadActivity::kPeer, {{1, 7}, {2, 3}}, "127.0.0.1:25"), 80},
                {sample(kRunning, {{0, 41}, {2, 3}}), 20},
                {sample(ThreadActivity::kIdle, {{2, 9}}), 500}});
  const InsideFindings found = find_inside(tally, kFunctions, std::nullopt);
  EXPECT_EQ(found.basis, InsideBasis::kHeld);
  EXPECT_EQ(found.samples, 100u);
  EXPECT_EQ(found.hottest->function, "mail");
  EXPECT_DOUBLE_EQ(found.hottest_share, 0.8);
  ASSERT_EQ(found.waits.size(), 1u);
  EXPECT_EQ(found.waits[0].peer, "127.0.0.1:25");
  EXPECT_EQ(found.waits[0].place.line, 7u);
  EXPECT_DOUBLE_EQ(found.waits[0].share, 0.8);
  const InsideFindings cpu = find_inside(tally, kFunctions, InsideBasis::kCpu);
  EXPECT_EQ(cpu.hottest->function, "render");
  EXPECT_DOUBLE_EQ(cpu.hottest_share, 1);
}

TEST(InsideFindings, DoesNotHideTornSamples) {
  PythonSample torn = sample(kRunning, {{0, 41}});
  torn.torn = true;
  const InsideFindings found =
      find_inside(tally_of({{torn, 10}, {sample(kRunning, {{0, 41}}), 90}}), kFunctions, {});
  EXPECT_DOUBLE_EQ(found.torn, 0.1);
  EXPECT_DOUBLE_EQ(found.hottest_share, 0.9);
}

TEST(InsideFindings, IsEmptyWithoutSamples) {
  const InsideFindings found = find_inside(StackTally{}, kFunctions, std::nullopt);
  EXPECT_FALSE(found.hottest);
  EXPECT_EQ(found.samples, 0u);
  EXPECT_TRUE(found.functions.empty());
}

TEST(StackTally, TakesThreadsOfAPoolThatWaitForWorkAsIdle) {
  const auto waits = ThreadActivity::kLock;
  // A loop that takes from a queue; the same within a request is something else.
  const StackTally tally = tally_of({{sample(waits, {{4, 320}, {1, 9}, {5, 982}}), 3},
                                     {sample(waits, {{4, 320}, {1, 9}, {0, 41}, {5, 982}}), 2},
                                     {sample(waits, {{0, 41}, {1, 9}, {2, 1}}), 1},
                                     {sample(ThreadActivity::kSleeping, {{1, 9}, {5, 982}}), 4},
                                     {sample(ThreadActivity::kSleeping, {{1, 9}, {2, 1}}), 5}});
  EXPECT_EQ(tally.of(ThreadActivity::kIdle), 7u);
  EXPECT_EQ(tally.of(waits), 3u);
  EXPECT_EQ(tally.of(ThreadActivity::kSleeping), 5u);
}

TEST(StackTally, KeepsNoMoreThanItMay) {
  StackTally tally;
  for (std::uint32_t i = 0; i < 3 * StackTally::kMostStacks; ++i)
    tally.add(sample(kRunning, {{0, i}, {2, i}}), kFunctions);
  EXPECT_LE(tally.stacks().size(), 2 * StackTally::kMostStacks + 1);
  EXPECT_EQ(tally.samples(), 3 * StackTally::kMostStacks);
  EXPECT_EQ(tally.shortened(), 2 * StackTally::kMostStacks);
  std::uint64_t sum = 0;
  for (const auto& [stack, count] : tally.stacks()) sum += count;
  EXPECT_EQ(sum, tally.samples());
}

TEST(IsApplication, KnowsWhatPythonAndPackagesAre) {
  for (const char* file : {"/srv/shop/views.py", "app.py", "/home/x/lib/python/shop.py"})
    EXPECT_TRUE(is_application(file)) << file;
  for (const char* file : {"/usr/lib/python3.11/json/decoder.py", "<frozen runpy>", "<string>",
                           "/srv/venv/lib/python3.11/site-packages/flask/app.py",
                           "/usr/lib/python3/dist-packages/flask/app.py"})
    EXPECT_FALSE(is_application(file)) << file;
}

TEST(NativeFindings, NameTheInnermostFunctionThatHasAName) {
  const std::vector<PythonFunction> functions = {{"(kernel)", "<kernel>", 0},
                                                 {"libz.so.1+0x4f20", "/usr/lib/libz.so.1", 0},
                                                 {"deflate", "/usr/lib/libz.so.1", 0},
                                                 {"write", "/usr/lib/libc.so.6", 0}};
  StackTally tally;
  for (int i = 0; i < 6; ++i) tally.add(sample(kRunning, {{1, 0}, {2, 0}}), functions);
  for (int i = 0; i < 4; ++i) tally.add(sample(kRunning, {{0, 0}, {3, 0}}), functions);
  const InsideFindings found = find_native(tally, functions);
  ASSERT_TRUE(found.hottest);
  EXPECT_EQ(found.hottest->function, "deflate");
  EXPECT_DOUBLE_EQ(found.hottest_share, 0.6);
  ASSERT_EQ(found.functions.size(), 4u);
  EXPECT_EQ(found.functions[0].function.name, "libz.so.1+0x4f20");
  EXPECT_EQ(found.functions[1].function.name, "(kernel)");
  EXPECT_TRUE(found.lines.empty());
}

}  // namespace
}  // namespace tierwatch
