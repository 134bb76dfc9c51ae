// SPDX-License-Identifier: MIT
#include "collectors/loads/formats/printed_results.h"

#include <gmock/gmock.h>

#include <string>

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kWrk =
    "Running 6s test @ http://127.0.0.1/\n  1 threads and 4 connections\n"
    "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency    17.37ms\n"
    "  1379 requests in 6.00s, 224.90KB read\nRequests/sec:    229.67\n";
const std::string kAb =
    "This is ApacheBench, Version 2.3\nBenchmarking x (be patient).....done\n\n\n"
    "Server Software:        nginx\nConcurrency Level:      8\n";
const std::string kHey = "\nSummary:\n  Total:\t12.0231 secs\n";

TEST(PrintedResults, EachIsFoundWithItsText) {
  const std::string output = "before\n" + kWrk + "between\n" + kAb + kHey + kWrk;
  const auto results = printed_results(output);
  ASSERT_THAT(results, SizeIs(4));
  const char* begins[] = {"Running 6s", "This is ApacheBench", "Summary:", "Running 6s"};
  const char* over[] = {"  Thread Stats", "Server Software:", "Summary:", "  Thread Stats"};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_THAT(output.substr(results[i].begin, results[i].size), StartsWith(begins[i]));
    EXPECT_THAT(output.substr(results[i].told_at), StartsWith(over[i]));
    EXPECT_TRUE(results[i].of_summary);
  }
  EXPECT_EQ(results[3].begin + results[3].size, output.size());
  EXPECT_THAT(output.substr(results[0].begin, results[0].size), HasSubstr("between"));
}

TEST(PrintedResults, AutocannonsTableComesWhenItsRunIsOver) {
  const std::string output =
      "Running 3s test @ http://h/\n2 connections\n\n┌──┐\n│ Stat │ Avg │\n"
      "Running 3s test @ http://h/\n4 connections\n| Stat | Avg |\n";
  const auto results = printed_results(output);
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_THAT(output.substr(results[0].told_at), StartsWith("│ Stat"));
  EXPECT_THAT(output.substr(results[1].told_at), StartsWith("| Stat"));
}

TEST(PrintedResults, SiegesBraceStandsAlone) {
  const std::string output = "x\n{\n\t\"transactions\":\t\t\t 10,\n}\n";
  const auto results = printed_results(output);
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].begin, 2u);
}

TEST(PrintedResults, K6AndVegetaTellTheirResultsAtTheEnd) {
  const std::string output =
      "running (1.0s)\n  \u2588 TOTAL RESULTS\n    http_reqs...: 1 1/s\n    NETWORK\n"
      "    data_received...: 1 kB\nRequests      [total, rate]  9, 1.0\nRequests were sent\n";
  const auto results = printed_results(output);
  ASSERT_THAT(results, SizeIs(2));
  EXPECT_THAT(output.substr(results[0].begin), StartsWith("  \u2588 TOTAL"));
  EXPECT_THAT(output.substr(results[1].begin), StartsWith("Requests      [total"));
  const auto old = printed_results("ready\n     data_received......: 1 kB\n");
  ASSERT_THAT(old, SizeIs(1));
  EXPECT_EQ(old[0].begin, 6u);
}

TEST(PrintedResults, UnknownOutputIsOfferedWhole) {
  const auto results = printed_results("{\"a\": 1}");
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].size, 8u);
  EXPECT_FALSE(results[0].of_summary);
  EXPECT_THAT(printed_results(""), IsEmpty());
}

TEST(PrintedResults, ColoursDoNotHideThem) {
  EXPECT_TRUE(printed_results("x\n\x1b[1mRunning 1s test @ http://x/\x1b[0m\n  Thread Stats\n")[0]
                  .of_summary);
}

TEST(PrintedResults, RunningAloneIsNotWrk) {
  EXPECT_FALSE(printed_results("Running migrations\nok\n")[0].of_summary);
}

}  // namespace
}  // namespace tierwatch
