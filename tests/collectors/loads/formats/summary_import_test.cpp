// SPDX-License-Identifier: MIT
//
// Tools that print totals, and whether what we read equals them; real samples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/gzip.h"
#include "tests/support/load_files.h"
#include "tests/support/text_file.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;

ImportOptions as(const char* format) {
  ImportOptions options;
  options.format = format;
  return options;
}

TEST(ImportSummaries, ATextThatWasCutIsRefusedOrCountsTheSame) {
  for (const char* name :
       {"ab-2.3.txt", "ab-2.3-errors.txt", "ab-2.3-refused.txt", "wrk-4.1-latency.txt",
        "wrk-4.1-errors.txt", "wrk-4.1-timeouts.txt", "hey-0.1.4.txt", "hey-0.1.4-refused.txt",
        "hey-0.1.4-timeouts.txt", "autocannon-9.0.0.txt", "autocannon-9.0.0-timeouts.txt"}) {
    const std::string text = text_of(load_fixture(name).string());
    const LoadTotals whole = import_text(text).totals;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', end + 1)) {
      try {
        const LoadTotals part = import_text(text.substr(0, end + 1)).totals;
        EXPECT_EQ(part.requests, whole.requests) << name << " until byte " << end;
        EXPECT_EQ(part.errors, whole.errors) << name << " until byte " << end;
      } catch (const ImportError&) {
      }
    }
  }
}

TEST(ImportWrk, TotalsEqualWhatWrkPrinted) {
  const LoadSeries series = import_load(load_fixture("wrk-4.1-latency.txt"));
  EXPECT_EQ(series.tool, "wrk");
  EXPECT_EQ(series.totals.requests, 90618);
  EXPECT_EQ(series.totals.errors, 0);
  EXPECT_DOUBLE_EQ(series.totals.requests_per_second(), 22478.17);
  EXPECT_EQ(series.totals.users, 10);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 1.03e-3);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 292e-6);
  EXPECT_DOUBLE_EQ(series.totals.p90_seconds.value(), 2.48e-3);
  EXPECT_EQ(series.totals.p95_seconds, std::nullopt);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 11.87e-3);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 41.05e-3);
  EXPECT_TRUE(series.points.empty());
  EXPECT_EQ(series.start, std::nullopt);
}

TEST(ImportWrk, BeginsWhenTheCallerSays) {
  ImportOptions options;
  options.start = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  EXPECT_EQ(import_load(load_fixture("wrk-4.1-latency.txt"), options).start, options.start);
}

TEST(ImportWrk, AnswersOtherThan2xxAnd3xxAreErrors) {
  const LoadSeries series = import_load(load_fixture("wrk-4.1-errors.txt"));
  EXPECT_EQ(series.totals.requests, 208272);
  EXPECT_EQ(series.totals.errors, 208149);
  EXPECT_TRUE(warns_of(series, "times the active users"));  // 8.48 ms at 67181/s of 10 users
}

TEST(ImportWrk, SocketErrorsAndTimeOutsAreFailedRequestsAndSaid) {
  const LoadSeries series = import_text(
      "Running 1s test @ http://h/\n  1 threads and 4 connections\n"
      "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
      "    Latency     2.00ms    0.00us   3.00ms  100.00%\n"
      "  1000 requests in 1.00s, 1.00MB read\n"
      "  Socket errors: connect 1, read 20, write 3, timeout 400\n"
      "Requests/sec:   1000.00\n");
  EXPECT_EQ(series.totals.requests, 1024);
  EXPECT_EQ(series.totals.errors, 424);
  EXPECT_TRUE(warns_of(series, "timeout 400"));
}

TEST(ImportWrk, OfARealRunInWhichAllTimedOutAllFailed) {
  const LoadSeries series = import_load(load_fixture("wrk-4.1-timeouts.txt"));
  EXPECT_EQ(series.totals.requests, 3);
  EXPECT_EQ(series.totals.errors, 3);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 8.02);
  EXPECT_EQ(series.totals.mean_seconds, std::nullopt);
}

TEST(ImportWrk, OfWrk2TheFirstDistributionCounts) {
  const LoadSeries series = import_text(
      "Running 30s test @ http://127.0.0.1/\n  2 threads and 100 connections\n"
      "  Thread calibration: mean lat.: 9.747ms, rate sampling interval: 21ms\n"
      "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
      "    Latency     6.20ms    4.30ms  30.00ms   70.00%\n"
      "    Req/Sec     1.04k     1.08k    2.50k    72.79%\n"
      "  Latency Distribution (HdrHistogram - Recorded Latency)\n"
      " 50.000%    5.67ms\n 75.000%    7.00ms\n 90.000%    9.75ms\n 99.000%   12.62ms\n"
      " 99.900%   17.00ms\n 99.990%   20.00ms\n 99.999%   29.00ms\n100.000%   30.02ms\n\n"
      "  Detailed Percentile spectrum:\n       Value   Percentile   TotalCount 1/(1-Percentile)\n"
      "       0.921     0.000000            1         1.00\n"
      "  Latency Distribution (HdrHistogram - Uncorrected Latency (measured without taking delayed "
      "starts into account))\n 50.000%    1.00ms\n"
      "  60018 requests in 30.00s, 19.81MB read\nRequests/sec:   2000.28\n");
  EXPECT_EQ(series.tool, "wrk2");
  EXPECT_EQ(series.totals.requests, 60018);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 5.67e-3);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 12.62e-3);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 30.02e-3);
}

// At a rate that the server cannot keep, latency from the due time is far beyond Little's law.
TEST(ImportWrk, Wrk2sLatencyHasTheWaitForItsTurnInIt) {
  const LoadSeries series = import_text(
      "Running 30s test @ http://h/\n  2 threads and 50 connections\n"
      "  Thread calibration: mean lat.: 900.000ms, rate sampling interval: 3000ms\n"
      "  Thread Stats   Avg      Stdev     Max   +/- Stdev\n"
      "    Latency     5.47s     3.30s    13.17s    57.00%\n"
      "    Req/Sec     1.04k     1.08k    2.50k    72.79%\n"
      "  60000 requests in 30.00s, 19.81MB read\nRequests/sec:   2000.00\n");
  EXPECT_EQ(series.tool, "wrk2") << "without --latency, too";
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 5.47);
  EXPECT_TRUE(warns_of(series, "from when each request was due"));
  EXPECT_FALSE(warns_of(series, "cannot be right"));
}

TEST(ImportHeyText, TheTextOfOldVersionsHasNoDetails) {
  const LoadSeries series = import_text(
      "All requests done.\n\nSummary:\n  Total:\t2.0000 secs\n  Slowest:\t0.0900 secs\n"
      "  Fastest:\t0.0010 secs\n  Average:\t0.0200 secs\n  Requests/sec:\t100.0000\n\n"
      "Status code distribution:\n  [200]\t180 responses\n  [502]\t20 responses\n\n"
      "Response time histogram:\n  0.001 [1]\t|\n  0.090 [199]\t|###\n\n"
      "Latency distribution:\n  50% in 0.0180 secs\n  99% in 0.0800 secs\n");
  EXPECT_EQ(series.tool, "hey");
  EXPECT_EQ(series.totals.requests, 200);
  EXPECT_EQ(series.totals.errors, 20);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.080);
}

TEST(ImportTexts, ReturnsOfWindowsAndEmptyLinesInFrontChangeNothing) {
  for (const char* name : {"hey-0.1.4.txt", "odd/oha-ms.txt", "wrk-4.1-latency.txt", "ab-2.3.txt",
                           "autocannon-9.0.0.txt", "siege-4.0.7.json", "jmeter-2.13.csv"}) {
    std::ifstream file(load_fixture(name), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::string windows = "\r\n";
    for (const char c : text) windows += c == '\n' ? "\r\n" : std::string(1, c);
    LoadSeries expected = import_text(text), series = import_text(windows);
    expected.source = series.source = "";
    EXPECT_EQ(series, expected) << name;
  }
}

TEST(ImportTexts, Utf16IsNamedAlsoWithoutItsMark) {
  std::string wide;
  for (const char c : std::string("Running 30s test @ http://h/\n")) (wide += c) += '\0';
  EXPECT_THAT(refusal_of(wide), HasSubstr("its text is UTF-16; save it as UTF-8"));
}

TEST(ImportWrk, ARunThatDidNotEndIsRefused) {
  EXPECT_THAT(refusal_of("Running 30s test @ http://h/\n  2 threads and 10 connections\n"),
              HasSubstr("with which wrk ends"));
}

TEST(ImportAbText, TotalsEqualWhatAbPrinted) {
  const LoadSeries series = import_load(load_fixture("ab-2.3.txt"));
  EXPECT_EQ(series.tool, "ab");
  EXPECT_EQ(series.totals.requests, 300);
  EXPECT_EQ(series.totals.errors, 0);
  EXPECT_NEAR(series.totals.requests_per_second(), 40.13, 1e-6);
  EXPECT_EQ(series.totals.users, 8);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.199349);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 0.200);
  EXPECT_DOUBLE_EQ(series.totals.p95_seconds.value(), 0.201);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.204);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 0.206);
}

TEST(ImportAbText, AnswersOfAnotherLengthAreNoErrorsButOtherStatusesAre) {
  const LoadSeries series = import_load(load_fixture("ab-2.3-errors.txt"));
  EXPECT_EQ(series.totals.requests, 120);
  EXPECT_EQ(series.totals.errors, 116);
  EXPECT_TRUE(series.warnings.empty());
}

// Both files are of the same run: ab told the truth in its text, milliseconds and whole seconds in
// the other.
TEST(ImportAbRequests, EqualsTheTextOfTheSameRunWithinItsResolution) {
  const LoadSeries rows = import_load(load_fixture("ab-2.3.tsv"));
  const LoadSeries text = import_load(load_fixture("ab-2.3.txt"));
  EXPECT_EQ(rows.totals.requests, text.totals.requests);
  EXPECT_NEAR(rows.totals.requests_per_second(), text.totals.requests_per_second(), 0.4);
  EXPECT_NEAR(rows.totals.mean_seconds.value(), text.totals.mean_seconds.value(), 0.003);
  EXPECT_NEAR(rows.totals.p50_seconds.value(), text.totals.p50_seconds.value(), 0.002);
  EXPECT_NEAR(rows.totals.p99_seconds.value(), text.totals.p99_seconds.value(), 0.0021);
  EXPECT_DOUBLE_EQ(rows.totals.max_seconds.value(), text.totals.max_seconds.value());
  EXPECT_TRUE(warns_of(rows, "errors are not known"));
  EXPECT_FALSE(rows.errors_known);
  EXPECT_TRUE(text.errors_known);
}

TEST(ImportAbText, OfRefusedConnectionsNoLatencyIsKnown) {
  const LoadSeries series = import_load(load_fixture("ab-2.3-refused.txt"));
  EXPECT_EQ(series.totals.requests, 10);
  EXPECT_EQ(series.totals.errors, 10);
  EXPECT_EQ(series.totals.mean_seconds, std::nullopt);
  EXPECT_EQ(series.totals.p50_seconds, std::nullopt);
}

TEST(ImportAbRequests, ShortRunsAreSaidToHaveNoRate) {
  EXPECT_TRUE(warns_of(import_text("starttime\tseconds\tctime\tdtime\tttime\twait\n"
                                   "Sat Nov 21 06:13:19 2026\t1795241599\t0\t1\t1\t1\n"),
                       "whole seconds"));
}

TEST(ImportAbRequests, RefusesWhatCannotBeRight) {
  const std::string header = "starttime\tseconds\tctime\tdtime\tttime\twait\n";
  EXPECT_THAT(refusal_of(header), HasSubstr("no rows"));
  EXPECT_THAT(refusal_of(header + "x\t1795241599\t0\t1\t-1\t1\n"), HasSubstr("file:2: seconds"));
}

TEST(ImportHeyText, TotalsEqualWhatHeyPrinted) {
  const LoadSeries series = import_load(load_fixture("hey-0.1.4.txt"));
  EXPECT_EQ(series.tool, "hey");
  EXPECT_EQ(series.totals.requests, 400);
  EXPECT_EQ(series.totals.errors, 239);
  EXPECT_GT(series.totals.p99_seconds.value(), series.totals.p50_seconds.value());
}

TEST(ImportHeyText, RequestsWithoutAnswerAreErrors) {
  const LoadSeries series = import_load(load_fixture("hey-0.1.4-refused.txt"));
  EXPECT_EQ(series.totals.requests, 30);
  EXPECT_EQ(series.totals.errors, 30);
  EXPECT_EQ(series.totals.mean_seconds, std::nullopt);
}

TEST(ImportHeyText, TimeOutsAreErrorsWithoutLatency) {
  const LoadSeries series = import_load(load_fixture("hey-0.1.4-timeouts.txt"));
  EXPECT_EQ(series.totals.requests, 6);
  EXPECT_EQ(series.totals.errors, 6);
  EXPECT_EQ(series.totals.max_seconds, std::nullopt);
}

TEST(ImportHeyText, SumsThatDoNotAgreeAreRefused) {
  std::string text =
      "Summary:\n  Total:\t2.0000 secs\n  Slowest:\t1.0 secs\n  Fastest:\t1.0 secs\n"
      "  Average:\t1.0 secs\n  Requests/sec:\t5000.0\n\nResponse time histogram:\n\n"
      "DNS+dialup:\t0 secs\n\nStatus code distribution:\n  [200]\t100 responses\n";
  EXPECT_THAT(refusal_of(text), HasSubstr("its sums do not agree"));
}

TEST(ImportHeyCsv, RowsBecomePointsWithThoseInFlightAsUsers) {
  ImportOptions options;
  options.start = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  const LoadSeries series = import_load(load_fixture("hey-0.1.4.csv"), options);
  EXPECT_EQ(series.tool, "hey");
  EXPECT_GT(series.totals.requests, 400);
  EXPECT_GT(series.totals.errors, 200);
  EXPECT_NEAR(series.totals.seconds, 4, 0.1);
  EXPECT_GE(series.start.value(), options.start.value());
  double in_flight = 0, busy = 0;
  for (const LoadPoint& point : series.points) {
    in_flight += point.users.value() * static_cast<double>(point.length.count()) / 1e9;
    busy += point.requests * point.mean_seconds.value();
  }
  EXPECT_NEAR(in_flight, busy, busy * 1e-6);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

TEST(ImportLoad, NumbersThatNoRunHasAreRefused) {
  const std::string wrk = text_of(load_fixture("wrk-4.1-latency.txt"));
  const std::string ab = text_of(load_fixture("ab-2.3.txt"));
  ASSERT_NE(replaced(wrk, " requests in", "9e20 requests in"), wrk);
  EXPECT_THAT(refusal_of(replaced(wrk, " requests in", "000000000000000000 requests in")),
              HasSubstr("its number of requests, "));
  EXPECT_THAT(refusal_of(replaced(ab, "Complete requests:      ", "Complete requests:      -")),
              HasSubstr("its number of requests, -"));
  EXPECT_THAT(
      refusal_of(replaced(ab, "Concurrency Level:      ", "Concurrency Level:      99999999999")),
      HasSubstr("its number of users, "));
}

TEST(ImportLoad, ColoursOfATerminalAreNoText) {
  for (const char* name :
       {"wrk-4.1-latency.txt", "ab-2.3.txt", "hey-0.1.4.txt", "siege-4.0.7.json"}) {
    const std::string text = text_of(load_fixture(name));
    const LoadSeries plain = import_text(text);
    const LoadSeries coloured = import_text(
        "\x1b[1m" + replaced(replaced(text, "\n", "\x1b[0m\n\x1b[32;1m"), ":", "\x1b[K:"));
    EXPECT_EQ(coloured.totals, plain.totals) << name;
  }
}

TEST(ImportLoad, OfCutGzipDataAlsoARefusalSaysSo) {
  const LoadFolder folder;
  const std::string packed = gzipped("timeStamp,elapsed,success\n" + std::string(200, ' ') + "\n");
  try {
    import_load(folder.write("f", packed.substr(0, packed.size() - 12)));
    FAIL();
  } catch (const ImportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("its gzip data end early: the file is cut"));
  }
}

TEST(ImportLoad, AFileOfAnotherToolThanNamedIsRefused) {
  const LoadFolder folder;
  try {
    import_load(load_fixture("wrk-4.1-latency.txt"), as("jmeter"));
    FAIL();
  } catch (const ImportError& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not of jmeter; it looks like wrk text"));
  }
}

TEST(ImportLoad, UnknownAndEmptyFilesAreRefused) {
  EXPECT_THAT(refusal_of("hello\nworld\n"),
              HasSubstr("begins with \"hello\", as no known format does"));
  EXPECT_THAT(refusal_of(""), HasSubstr("the file is empty"));
  EXPECT_THAT(refusal_of("hello", as("nonsense")), HasSubstr("no format of a load generator"));
  EXPECT_THROW(import_load("/nonexistent/file"), ImportError);
  EXPECT_THROW(import_load("/"), ImportError);
}

TEST(ParseLoadArgument, SplitsAtAColonAfterAKnownFormat) {
  EXPECT_EQ(parse_load_argument("jmeter:run.jtl"), (LoadArgument{"jmeter", "run.jtl"}));
  EXPECT_EQ(parse_load_argument("jmeter:a:b.jtl"), (LoadArgument{"jmeter", "a:b.jtl"}));
  EXPECT_EQ(parse_load_argument("run.jtl"), (LoadArgument{{}, "run.jtl"}));
  EXPECT_EQ(parse_load_argument("./12:30.jtl"), (LoadArgument{{}, "./12:30.jtl"}));
  EXPECT_THROW(parse_load_argument("jmetre:run.jtl"), ImportError);
}

}  // namespace
}  // namespace tierwatch
