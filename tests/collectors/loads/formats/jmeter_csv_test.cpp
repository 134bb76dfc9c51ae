// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kHeader50 =
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
    "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n";

/// A row as JMeter 5 writes it.
std::string row50(long long at, int elapsed, std::string_view label = "home",
                  std::string_view thread = "users 1-1", bool success = true, int threads = 1) {
  return std::to_string(at) + "," + std::to_string(elapsed) + "," + std::string(label) +
         ",200,OK," + std::string(thread) + ",text," + (success ? "true" : "false") +
         ",,100,50,1," + std::to_string(threads) + ",http://h/,1,0,0\n";
}

constexpr long long kStart = 1'700'000'000'000;

// JMeter printed for this file, counting time from before its first sample:
//   summary = 403 in 5.1s = 79.3/s Avg: 1 Min: 0 Max: 20 Err: 135 (33.50%)
TEST(ImportJmeterCsv, TotalsOfARealRunEqualJmetersSummary) {
  const LoadSeries series = import_load(load_fixture("jmeter-2.13-errors.csv"));
  EXPECT_EQ(series.tool, "jmeter");
  EXPECT_EQ(series.totals.requests, 403);
  EXPECT_EQ(series.totals.errors, 135);
  EXPECT_NEAR(series.totals.seconds, 5.1, 0.2);
  EXPECT_NEAR(series.totals.mean_seconds.value(), 1.34491e-3, 1e-8);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 0.020);
  EXPECT_TRUE(series.zone_known);
}

TEST(ImportJmeterCsv, PointsAddUpToTheTotals) {
  const LoadSeries series = import_load(load_fixture("jmeter-2.13-errors.csv"));
  double requests = 0, errors = 0;
  std::chrono::nanoseconds length{}, end{};
  for (const LoadPoint& point : series.points) {
    EXPECT_EQ(point.begin, end);
    end = point.begin + point.length;
    length += point.length;
    requests += point.requests;
    errors += point.errors;
  }
  EXPECT_EQ(requests, series.totals.requests);
  EXPECT_EQ(errors, series.totals.errors);
  EXPECT_NEAR(static_cast<double>(length.count()) / 1e9, series.totals.seconds, 1e-6);
}

TEST(ImportJmeterCsv, TransactionRowsOfARealRunAreNotCounted) {
  const LoadSeries series = import_load(load_fixture("jmeter-2.13.csv"));
  EXPECT_EQ(series.totals.requests, 656);  // 873 rows, 217 of them transactions
  EXPECT_TRUE(warns_of(series, "217 rows of transactions"));
  EXPECT_GT(series.points.back().users.value(), 0);
  EXPECT_EQ(series.points.at(4).users, 6);
}

TEST(ImportJmeterCsv, ARequestBelongsToTheSecondInWhichItEnded) {
  std::string text(kHeader50);
  text += row50(kStart, 100) + row50(kStart + 900, 200) + row50(kStart + 1950, 1000);
  const LoadSeries series = import_text(text);
  EXPECT_EQ(series.start->time_since_epoch(), milliseconds(kStart));
  ASSERT_EQ(series.points.size(), 3u);
  EXPECT_EQ(series.points[0].requests, 1);
  EXPECT_EQ(series.points[1].requests, 1);
  EXPECT_EQ(series.points[2].requests, 1);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 2.95);
}

TEST(ImportJmeterCsv, ASecondWithoutAnswersIsAPointOfZero) {
  const LoadSeries series =
      import_text(std::string(kHeader50) + row50(kStart, 1) + row50(kStart + 3500, 1));
  ASSERT_EQ(series.points.size(), 4u);
  EXPECT_EQ(series.points[1].requests, 0);
  EXPECT_EQ(series.points[1].mean_seconds, std::nullopt);
  EXPECT_EQ(series.points[1].users, 1);
}

TEST(ImportJmeterCsv, SubResultsOfJmeter5AreNotCountedAgain) {
  std::string text(kHeader50);
  text += row50(kStart, 100, "home") + row50(kStart, 60, "home-0") +
          row50(kStart + 60, 40, "home-1") + row50(kStart + 60, 20, "home-1-0") +
          row50(kStart + 10, 20, "home-0", "users 1-2");  // another thread's own request
  const LoadSeries series = import_text(text);
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_TRUE(warns_of(series, "3 sub-results"));
}

TEST(ImportJmeterCsv, ALabelThatEndsInANumberIsARequestOfItsOwn) {
  std::string text(kHeader50);
  text += row50(kStart, 100, "page") + row50(kStart + 100, 100, "page-1");
  EXPECT_EQ(import_text(text).totals.requests, 2);
}

TEST(ImportJmeterCsv, WhereThereAreOnlyTransactionsTheyAreTheRequests) {
  std::string text = "timeStamp,elapsed,label,responseMessage,dataType,success\n";
  text += std::to_string(kStart) +
          ",30,visit,\"Number of samples in transaction : 3, number of "
          "failing samples : 0\",,true\n";
  const LoadSeries series = import_text(text);
  EXPECT_EQ(series.totals.requests, 1);
  EXPECT_TRUE(warns_of(series, "transactions without their samples"));
}

TEST(ImportJmeterCsv, UsersAreSummedOverInjectors) {
  std::string text(kHeader50);
  text += row50(kStart, 10, "a", "10.0.0.1-users 1-1", true, 5) +
          row50(kStart + 200, 10, "a", "10.0.0.2-users 1-1", true, 7) +
          row50(kStart + 1400, 10, "a", "10.0.0.1-users 1-1", true, 5) +
          row50(kStart + 1800, 10, "a", "10.0.0.2-users 1-1", true, 7);
  EXPECT_EQ(import_text(text).points.back().users, 12);
}

struct Dialect {
  const char* name;
  std::string text;
};
class JmeterDialects : public testing::TestWithParam<Dialect> {};

TEST_P(JmeterDialects, IsRead) {
  const LoadSeries series = import_text(GetParam().text);
  EXPECT_EQ(series.tool, "jmeter");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_EQ(series.totals.errors, 1);
  EXPECT_EQ(series.start->time_since_epoch(), milliseconds(1'700'000'000'123));
}

INSTANTIATE_TEST_SUITE_P(
    Eras, JmeterDialects,
    testing::Values(
        Dialect{"Headerless213",
                "1700000000123,5,a,200,OK,t 1-1,text,true,9,1,1,4\n"
                "1700000000130,5,a,500,No,t 1-1,text,false,9,1,1,4\n"},
        Dialect{"Headerless50",
                "1700000000123,5,a,200,OK,t 1-1,text,true,,9,8,1,1,http://h/,4,0,1\n"
                "1700000000130,5,a,500,No,t 1-1,text,false,bad,9,8,1,1,http://h/,4,0,1\n"},
        Dialect{"Headerless30",
                "1700000000123,5,a,200,OK,t 1-1,text,true,,9,1,1,4,0\n"
                "1700000000130,5,a,500,No,t 1-1,text,false,bad,9,1,1,4,0\n"},
        Dialect{"Headerless31",
                "1700000000123,5,a,200,OK,t 1-1,text,true,,9,8,1,1,4,0,1\n"
                "1700000000130,5,a,500,No,t 1-1,text,false,bad,9,8,1,1,4,0,1\n"},
        Dialect{"Header30",
                "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
                "failureMessage,bytes,grpThreads,allThreads,Latency,IdleTime\n"
                "1700000000123,5,a,200,OK,t 1-1,text,true,,9,1,1,4,0\n"
                "1700000000130,5,a,500,No,t 1-1,text,false,bad,9,1,1,4,0\n"},
        Dialect{"Tabs",
                "timeStamp\telapsed\tsuccess\n1700000000123\t5\ttrue\n"
                "1700000000130\t5\tfalse\n"},
        Dialect{"SemicolonsHeaderless213",
                "1700000000123;5;a;200;OK;t 1-1;text;true;9;1;1;4\n"
                "1700000000130;5;a;500;No;t 1-1;text;false;9;1;1;4\n"},
        Dialect{"CrLfAndByteOrderMark",
                "\xEF\xBB\xBFtimeStamp,elapsed,success\r\n"
                "1700000000123,5,true\r\n\r\n1700000000130,5,false\r\n"},
        Dialect{"NewlinesAndQuotesInFields",
                "timeStamp,elapsed,failureMessage,success\n"
                "1700000000123,5,\"expected \"\"a\"\",\ngot b\",true\n"
                "1700000000130,5,,false\n"},
        Dialect{"AppendedRunWithHeader",
                "timeStamp,elapsed,success\n1700000000123,5,true\n"
                "timeStamp,elapsed,success\n1700000000130,5,false\n"},
        Dialect{"SampleVariables",
                "timeStamp,elapsed,success,\"my,variable\"\n1700000000123,5,true,\"x\"\n"
                "1700000000130,5,false,\"y\"\n"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(ImportJmeterCsv, FormattedTimesAreLocalAndTheirZoneIsNotKnown) {
  const LoadSeries a = import_text(
      "timeStamp,elapsed,success\n2023/11/14 22:13:20.123,5,true\n"
      "2023/11/14 22:13:21.123,5,true\n");
  EXPECT_FALSE(a.zone_known);
  EXPECT_DOUBLE_EQ(a.totals.seconds, 1.005);
}

TEST(ImportJmeterCsv, ALastRowThatIsCutIsLeftOutWithAWarning) {
  std::string text = std::string(kHeader50) + row50(kStart, 5) + row50(kStart + 9, 5);
  for (std::size_t cut = 1; cut < row50(kStart + 9, 5).size(); ++cut) {
    text.pop_back();
    const LoadSeries series = import_text(text);
    const bool cut_in_last_column = cut <= 2;  // its newline, and one digit
    EXPECT_EQ(series.totals.requests, cut_in_last_column ? 2 : 1) << cut;
    EXPECT_TRUE(warns_of(series, "line 3")) << cut;
  }
}

TEST(ImportJmeterCsv, OfALastRowWithoutNewlineOnlyTheLastColumnIsInDoubt) {
  const auto requests = [](const std::string& text) { return import_text(text).totals.requests; };
  EXPECT_EQ(requests("timeStamp,elapsed,success\n1700000000123,5,true\n1700000000223,5,false"), 2);
  EXPECT_EQ(requests("timeStamp,elapsed,success\n1700000000123,5,true\n1700000000223,5,tru"), 1);
  EXPECT_EQ(requests("timeStamp,success,elapsed\n1700000000123,true,5\n1700000000223,true,5"), 1)
      << "may have been 500";
  const LoadSeries series = import_text(
      "timeStamp,elapsed,success,allThreads\n1700000000123,5,true,40\n1700000000223,5,true,4");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_EQ(series.points.back().users, 40);
  EXPECT_TRUE(warns_of(series, "line 3 has no newline"));
}

/// Three threads: each sends its next request ten milliseconds after the last one is answered, a
/// quick one after each slow one.
std::string rows_of_threads(bool stamped_at_ends) {
  std::string text = "timeStamp,elapsed,label,threadName,success\n";
  int begins[] = {0, 0, 0};
  for (int i = 0; i < 20; ++i)
    for (int thread = 0; thread < 3; ++thread) {
      const int elapsed = (i % 2 == 0 ? 300 : 90) + thread, begin = begins[thread];
      begins[thread] += elapsed + 10;
      text += std::to_string(kStart + begin + (stamped_at_ends ? elapsed : 0)) + "," +
              std::to_string(elapsed) + ",home,users 1-" + std::to_string(thread) + ",true\n";
    }
  return text;
}

TEST(ImportJmeterCsv, TimesOfEndsAreKnownByTheirThreads) {
  const LoadSeries begins = import_text(rows_of_threads(false));
  const LoadSeries ends = import_text(rows_of_threads(true));
  EXPECT_FALSE(warns_of(begins, "samples ended"));
  EXPECT_TRUE(warns_of(ends, "samples ended"));
  EXPECT_EQ(ends.start, begins.start);
  EXPECT_EQ(ends.points, begins.points);
}

TEST(ImportJmeterCsv, WhatASpreadsheetMadeOfItIsReadOrNamed) {
  const LoadSeries series =
      import_text("timeStamp,elapsed,success\n1700000000123,5,TRUE\n1700000000223,5,FALSE\n");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_EQ(series.totals.errors, 1);
  EXPECT_THAT(refusal_of("timeStamp,elapsed,success\n1.7E+12,5,TRUE\n1.7E+12,5,TRUE\n"),
              HasSubstr("a spreadsheet has rounded it: give the file as JMeter wrote it"));
}

TEST(ImportJmeterCsv, TimesAreReadInTheWaysThatPeopleChoose) {
  const auto start = [](const std::string& time) {
    return import_text("timeStamp,elapsed,success\n" + time + ",5,true\n").start;
  };
  const auto expected = start("2023/11/14 22:13:20.123");
  for (const char* same : {"2023-11-14 22:13:20.123", "2023-11-14T22:13:20.123",
                           "11/14/2023 22:13:20.123", "14.11.2023 22:13:20.123"})
    EXPECT_EQ(start(same), expected) << same;
  EXPECT_EQ(start("2023-11-14T22:13:20.123Z")->time_since_epoch(), milliseconds(1'700'000'000'123));
  EXPECT_EQ(start("2023-11-14T23:13:20.123+01:00"), start("2023-11-14T22:13:20.123Z"));
}

TEST(ImportJmeterCsv, RefusesWhatCannotBeRightWithItsLine) {
  const std::string header = "timeStamp,elapsed,success\n", good = "1700000000123,5,true\n";
  const std::pair<std::string, const char*> cases[] = {
      {header, "file: no request in it"},
      {header + "1700000000124,-5,true\n", "file:2: elapsed is \"-5\"; expected"},
      {header + "1700000000124,x,true\n" + good + "1,1,true\n", "file:2: elapsed is \"x\""},
      {header + "1700000000,5,true\n", "file:2: timeStamp \"1700000000\" is not in milli"},
      {header + "yesterday,5,true\n", "file:2: timeStamp is \"yesterday\"; expected"},
      {"timeStamp,elapsed,label\n", "file:1: the columns do not tell success"},
  };
  for (const auto& [text, said] : cases) EXPECT_THAT(refusal_of(text), StartsWith(said)) << text;
}

TEST(ImportJmeterCsv, BadRowsAreLostOneAtATimeAndNamed) {
  const std::string good = "1700000000123,5,true\n";
  const std::pair<const char*, const char*> cases[] = {
      {"1700000000124,-5,true\n", "line 3 is left out: elapsed is \"-5\"; expected"},
      {"1700000000124,5,maybe\n", "line 3 is left out: success is \"maybe\""},
      {"1700000000124,5\n", "line 3 is left out: 2 columns instead of 3"},
      {"17000,5,true\n", "line 3 is left out: timeStamp"},
      {"1699000000124,5,true\n", "1 rows lie more than a day from the others"},
  };
  for (const auto& [row, said] : cases) {
    const LoadSeries series = import_text("timeStamp,elapsed,success\n" + good + row + good);
    EXPECT_EQ(series.totals.requests, 2) << row;
    EXPECT_TRUE(warns_of(series, said)) << row;
  }
  std::string many = "timeStamp,elapsed,success\n" + good + good;
  for (int i = 0; i < 8; ++i) many += "1700000000124,x,true\n" + good;
  EXPECT_TRUE(warns_of(import_text(many), "5 more lines are left out"));
}

TEST(ImportJmeterCsv, AQuoteWithoutItsEndCostsOneRowWhichIsNamed) {
  std::string text(kHeader50);
  for (int i = 0; i < 200; ++i)
    text += row50(kStart + i * 100, 5, i == 50 || i == 120 ? "\"open" : "home");
  const LoadSeries series = import_text(text);
  EXPECT_EQ(series.totals.requests, 198);
  EXPECT_TRUE(warns_of(series, "line 52 is left out: a quote is opened in it and not closed"));
  EXPECT_TRUE(warns_of(series, "line 122 is left out"));
}

TEST(ImportJmeterCsv, TheHeadingDecidesWhatAColumnIs) {
  const LoadSeries series = import_text(
      "label;success;elapsed;timeStamp\na;true;5;1700000000123\na;false;5;1700000000130\n"
      "timeStamp;elapsed;success\ntimeStamp,elapsed,success\n");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_EQ(series.totals.errors, 1);
  const LoadSeries appended = import_text(
      "timeStamp,elapsed,success\n1700000000123,5,true\n"
      "timeStamp,success,elapsed\n1700000000130,false,5\n");
  EXPECT_EQ(appended.totals.errors, 1);
  EXPECT_DOUBLE_EQ(appended.totals.mean_seconds.value(), 0.005);
}

TEST(ImportJmeterCsv, ATransactionWithoutItsSamplesIsARequest) {
  const std::string marked =
      ",50,visit,200,\"Number of samples in transaction : 2, number of failing samples : 0\","
      "users 1-1,,true,,100,50,1,1,null,1,0,0\n";
  const LoadSeries series =
      import_text(std::string(kHeader50) + row50(kStart, 10) + std::to_string(kStart + 100) +
                  marked + row50(kStart + 200, 10));
  EXPECT_EQ(series.totals.requests, 3);
  EXPECT_TRUE(warns_of(series, "1 transactions without their samples"));
  const LoadSeries before =  // a generated parent stands before its samples
      import_text(std::string(kHeader50) + std::to_string(kStart) + marked + row50(kStart, 20) +
                  row50(kStart + 20, 30));
  EXPECT_EQ(before.totals.requests, 2);
}

/// Two runs beside each other whose threads have the same names, sorted by their ends.
std::string merged_runs(const std::string& message) {
  std::vector<std::pair<long long, std::string>> rows;
  for (int run = 0; run < 2; ++run) {
    long long at = kStart;
    for (int i = 0; i < 500; ++i) {
      const int took = 20 + (i * 37 + run * 53) % 90;
      rows.emplace_back(at + took, std::to_string(at) + "," + std::to_string(took) + ",home,200," +
                                       message + ",users 1-1,true,100\n");
      at += took + 1;
    }
  }
  std::ranges::stable_sort(rows);
  std::string text =
      "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes\n";
  for (const auto& [end, row] : rows) text += row;
  return text;
}

TEST(ImportJmeterCsv, RowsOfThreadsOfTheSameNameAreRequests) {
  const LoadSeries told = import_text(merged_runs("OK"));
  EXPECT_EQ(told.totals.requests, 1000) << "a transaction has no message of its own";
  EXPECT_FALSE(warns_of(told, "transactions"));
  const LoadSeries silent = import_text(merged_runs(""));
  EXPECT_GE(silent.totals.requests, 990) << "all but those before the first overlaps";
  EXPECT_TRUE(warns_of(silent, "samples of one thread overlap"));
}

TEST(ImportJmeterCsv, RequestsThatLookLikeTransactionsAreCounted) {
  std::string text(kHeader50);  // answers without a body, one after the other, some in no time
  for (int i = 0; i < 6; ++i)
    text += std::to_string(kStart + i * 10) + "," + std::to_string(i % 2 * 10) +
            ",a,204,,users 1-1,,true,,0,50,1,1,null,1,0,0\n";
  EXPECT_EQ(import_text(text).totals.requests, 6);
}

TEST(ImportJmeterCsv, MoreLoadGeneratorsThanAnyTestHasAreRefused) {
  std::string text = "timeStamp,elapsed,success,allThreads,Hostname\n";
  for (int i = 0; i < 1001; ++i) text += "1700000000123,5,true,1,host" + std::to_string(i) + "\n";
  EXPECT_THAT(refusal_of(text), HasSubstr("more than 1000 load generators"));
}

TEST(ImportJmeterCsv, MoreRequestsInFlightThanUsersAreWarnedAbout) {
  std::string text(kHeader50);
  for (int i = 0; i < 40; ++i) text += row50(kStart + i * 100, 500, "a", "t 1-1", true, 2);
  EXPECT_TRUE(warns_of(import_text(text), "times the active users"));
}

TEST(ImportJmeterCsv, LatenciesInAWrongUnitAreRefused) {
  std::string text(kHeader50);
  for (int i = 0; i < 400; ++i) text += row50(kStart + i * 100, 20'000, "a", "t 1-1", true, 1);
  EXPECT_THAT(refusal_of(text), HasSubstr("which cannot be"));
}

}  // namespace
}  // namespace tierwatch
