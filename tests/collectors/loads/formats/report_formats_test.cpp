// SPDX-License-Identifier: MIT
//
// Tools that write a report at the end: autocannon, Artillery, oha's JSON, siege.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;

TEST(ImportAutocannon, TotalsOfARealRunEqualItsReport) {
  const LoadSeries series = import_load(load_fixture("autocannon-9.0.0.json"));
  EXPECT_EQ(series.tool, "autocannon");
  EXPECT_EQ(series.totals.requests, 143356);
  EXPECT_EQ(series.totals.errors, 143196);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 4.01);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.00153);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.010);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 0.083);
  EXPECT_EQ(series.totals.users, 8);
  EXPECT_EQ(series.start->time_since_epoch(), std::chrono::milliseconds(1'795'241'729'614));
}

TEST(ImportAutocannon, TheTextOfARealRunIsRead) {
  const LoadSeries series = import_load(load_fixture("autocannon-9.0.0.txt"));
  EXPECT_EQ(series.tool, "autocannon");
  EXPECT_EQ(series.totals.requests, 90);
  EXPECT_EQ(series.totals.errors, 18);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 3.02);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.06507);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 0.067);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.072);
  EXPECT_EQ(series.totals.users, 2);
}

/// What autocannon prints of a run, up to its footer.
std::string autocannon_tables(const char* answers_per_second) {
  return std::string(
             "Running 3s test @ http://h/\n4 connections\n\n"
             "| Stat    | 50%  | 99%  | Avg     | Stdev | Max   |\n"
             "| Latency | 2 ms | 9 ms | 2.50 ms | 1 ms  | 12 ms |\n"
             "| Stat    | 1%  | Avg | Min |\n| Req/Sec | 500 | ") +
         answers_per_second + " | 500 |\nReq/Bytes counts sampled once per second.\n";
}

// It prints how many were 2xx only where others were not.
TEST(ImportAutocannon, AnswersOfAHealthyServerAreCounted) {
  const LoadSeries few = import_text(autocannon_tables("279") +
                                     "# of samples: 3\n\n840 requests in 3.02s, 8 kB read\n");
  EXPECT_EQ(few.totals.requests, 837) << "three were in flight at the end";
  EXPECT_EQ(few.totals.errors, 0);
  EXPECT_DOUBLE_EQ(few.totals.p99_seconds.value(), 0.009);
  const LoadSeries exact = import_text(autocannon_tables("1,543.5") +
                                       "# of samples: 2\n\n3k requests in 2.02s, 8 kB read\n");
  EXPECT_EQ(exact.totals.requests, 3087) << "two seconds of 1543.5 each";
  EXPECT_THAT(exact.warnings, testing::IsEmpty());
  const LoadSeries rounded =
      import_text(autocannon_tables("1,543.5") + "\n3k requests in 2.02s, 9 kB read\n");
  EXPECT_EQ(rounded.totals.requests, 3000);
  EXPECT_TRUE(warns_of(rounded, "rounded to thousands"));
  const LoadSeries late = import_text(autocannon_tables("12") +
                                      "\n40 requests in 3.02s, 8 kB read\n7 errors (7 timeouts)\n");
  EXPECT_EQ(late.totals.requests, 40);
  EXPECT_EQ(late.totals.errors, 7);
}

TEST(ImportAutocannon, TheTextOfOldVersionsIsRead) {
  const LoadSeries series = import_text(
      "Running 10s test @ http://h/\n10 connections with 1 pipelining factor\n\n"
      "Stat         Avg     Stdev   Max\nLatency (ms) 2.54    1.42    37\n"
      "Req/Sec      83      2       90\nBytes/Sec    2.43 kB 356 B  2.75 kB\n\n"
      "830 requests in 11s, 27 kB read\n");
  EXPECT_EQ(series.tool, "autocannon");
  EXPECT_EQ(series.totals.requests, 830);
  EXPECT_EQ(series.totals.users, 10);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 11);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.00254);
  EXPECT_DOUBLE_EQ(series.totals.max_seconds.value(), 0.037);
}

TEST(ImportAutocannon, WhereNothingWasAnsweredNoLatencyIsKnown) {
  const LoadSeries text = import_load(load_fixture("autocannon-9.0.0-timeouts.txt"));
  const LoadSeries json = import_text(
      "{\"connections\":3,\"pipelining\":1,\"duration\":2.02,\"errors\":7,\"timeouts\":7,"
      "\"non2xx\":0,\"latency\":{\"average\":0,\"p50\":0,\"p99\":0,\"max\":0},"
      "\"requests\":{\"total\":0}}");
  for (const LoadSeries& series : {text, json}) {
    EXPECT_EQ(series.totals.requests, 7);
    EXPECT_EQ(series.totals.errors, 7);
    EXPECT_EQ(series.totals.mean_seconds, std::nullopt);
    EXPECT_EQ(series.totals.p99_seconds, std::nullopt);
    EXPECT_EQ(series.totals.max_seconds, std::nullopt);
  }
}

TEST(ImportArtillery, TotalsOfARealRunEqualItsReport) {
  const LoadSeries series = import_load(load_fixture("artillery-2.0.21.json"));
  EXPECT_EQ(series.tool, "artillery");
  EXPECT_EQ(series.totals.requests, 600);
  EXPECT_EQ(series.totals.errors, 200);
  EXPECT_NEAR(series.totals.seconds, 24.879, 0.001);
  ASSERT_EQ(series.points.size(), 4u);
  EXPECT_NEAR(static_cast<double>(series.points[0].length.count()) / 1e9, 1.14, 0.001);
  EXPECT_EQ(series.points[1].length, std::chrono::seconds(10));
  double requests = 0;
  for (const LoadPoint& point : series.points) requests += point.requests;
  EXPECT_EQ(requests, 600);
}

TEST(ImportArtillery, UsersWhoComeAndGoWithinAPeriodAreNotNone) {
  const auto report = [](const std::string& sessions) {
    return "{\"aggregate\":{\"counters\":{\"http.responses\":100,\"http.codes.200\":100}},"
           "\"intermediate\":[{\"period\":\"1700000000000\",\"firstMetricAt\":1700000000000,"
           "\"lastMetricAt\":1700000010000,\"counters\":{\"http.responses\":100,"
           "\"vusers.created\":100,\"vusers.completed\":100},\"summaries\":{" +
           sessions + "}}]}";
  };
  const LoadSeries series =
      import_text(report("\"vusers.session_length\":{\"count\":100,\"mean\":250}"));
  EXPECT_DOUBLE_EQ(series.points.at(0).users.value(), 2.5) << "100 of a quarter of a second in ten";
  EXPECT_EQ(import_text(report("")).points.at(0).users, std::nullopt) << "unknown is not zero";
}

TEST(ImportArtillery, OfVersion1IsRead) {
  const LoadSeries series = import_text(
      "{\"aggregate\":{\"timestamp\":\"2019-01-01T00:00:20.000Z\",\"requestsCompleted\":190,"
      "\"codes\":{\"200\":180,\"500\":10},\"errors\":{\"ETIMEDOUT\":10},\"latency\":{\"min\":1,"
      "\"max\":90,\"median\":5,\"p95\":20,\"p99\":50}},\n\"intermediate\":["
      "{\"timestamp\":\"2019-01-01T00:00:10.000Z\",\"requestsCompleted\":100,\"concurrency\":3,"
      "\"codes\":{\"200\":100},\"errors\":{},\"latency\":{\"median\":5,\"p95\":20,\"p99\":50}},"
      "{\"timestamp\":\"2019-01-01T00:00:20.000Z\",\"requestsCompleted\":90,\"concurrency\":4,"
      "\"codes\":{\"200\":80,\"500\":10},\"errors\":{\"ETIMEDOUT\":10},\"latency\":{\"median\":5}}"
      "]}");
  EXPECT_EQ(series.totals.requests, 200);
  EXPECT_EQ(series.totals.errors, 20);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 0.005);
  ASSERT_EQ(series.points.size(), 2u);
  EXPECT_EQ(series.points[1].requests, 100);
  EXPECT_EQ(series.points[1].errors, 20);
  EXPECT_EQ(series.points[1].users, 4);
  EXPECT_EQ(series.start->time_since_epoch(), std::chrono::seconds(1'546'300'800));
}

TEST(ImportOhaJson, TotalsAreThoseOfItsDistributions) {
  const LoadSeries series = import_text(
      "{\n  \"summary\": {\"successRate\": 0.98, \"total\": 4.0, \"slowest\": 0.5, \"fastest\": "
      "0.001, \"average\": 0.02, \"requestsPerSec\": 25.0, \"totalData\": 1000},\n"
      "  \"latencyPercentiles\": {\"p50\": 0.01, \"p90\": 0.05, \"p95\": 0.07, \"p99\": 0.3},\n"
      "  \"statusCodeDistribution\": {\"200\": 90, \"503\": 8},\n"
      "  \"errorDistribution\": {\"connection refused\": 2, \"aborted due to deadline\": 5}\n}\n");
  EXPECT_EQ(series.tool, "oha");
  EXPECT_EQ(series.totals.requests, 100);
  EXPECT_EQ(series.totals.errors, 10);
  EXPECT_DOUBLE_EQ(series.totals.requests_per_second(), 25.0);
  EXPECT_EQ(series.totals.p99_seconds, 0.3);
  EXPECT_TRUE(warns_of(series, "in flight at the end"));
}

TEST(ImportOhaText, OlderUnitsAndFailuresAreRead) {
  const LoadSeries series = import_text(
      "Summary:\n  Success rate:\t0.9000\n  Total:\t2.0000 secs\n  Slowest:\t0.5000 secs\n"
      "  Fastest:\t0.0010 secs\n  Average:\t900.0000 us\n  Requests/sec:\t50.0000\n\n"
      "Latency distribution:\n  50% in 800.0 µs\n  99% in 0.4000 secs\n\n"
      "Details (average, fastest, slowest):\n  DNS+dialup:\t0.0001 secs, 0.0001 secs, 0.0001 "
      "secs\n\nStatus code distribution:\n  [200] 90 responses\n\n"
      "Error distribution:\n  [10] connection refused\n  [3] aborted due to deadline\n");
  EXPECT_EQ(series.tool, "oha");
  EXPECT_EQ(series.totals.requests, 100);
  EXPECT_EQ(series.totals.errors, 10);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 900e-6);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 800e-6);
  EXPECT_DOUBLE_EQ(series.totals.p99_seconds.value(), 0.4);
  EXPECT_TRUE(warns_of(series, "in flight at the end"));
}

// k6 says that there are no users while setup() runs, whose requests it counts.
TEST(ImportK6Csv, WhoeverSendsRequestsInSetupIsInFlight) {
  std::string text = "metric_name,timestamp,metric_value,status\n";
  for (int second = 0; second < 8; ++second) {
    const std::string at = std::to_string(1'700'000'000'000 + 1000 * second);
    text += "vus," + at + "," + (second < 6 ? "0" : "1") + ",\n";
    if (second > 0) text += "http_req_duration," + at + ",990,200\n";
  }
  const LoadSeries series = import_text(text);
  EXPECT_EQ(series.totals.requests, 7);
  EXPECT_NEAR(series.totals.users.value(), 1, 0.1);
  EXPECT_THAT(series.warnings, testing::IsEmpty());
}

TEST(ImportK6Summary, TheListOfMetricsIsRead) {
  const LoadSeries series = import_text(
      "{\"config\":{\"duration\":10.5,\"execution\":\"local\"},\"results\":{\"metrics\":["
      "{\"contains\":\"default\",\"name\":\"http_reqs\",\"type\":\"counter\","
      "\"values\":{\"count\":210}},"
      "{\"name\":\"http_req_failed\",\"values\":{\"matches\":21,\"rate\":0.1,\"total\":210}},"
      "{\"values\":{\"avg\":12.5,\"max\":90,\"med\":10,\"p(90)\":20,\"p(95)\":30},"
      "\"name\":\"http_req_duration\"},"
      "{\"name\":\"vus\",\"values\":{\"max\":4,\"min\":4,\"value\":4}}]},\"version\":\"1\"}");
  EXPECT_EQ(series.tool, "k6");
  EXPECT_EQ(series.totals.requests, 210);
  EXPECT_EQ(series.totals.errors, 21);
  EXPECT_DOUBLE_EQ(series.totals.seconds, 10.5);
  EXPECT_EQ(series.totals.users, 4);
  EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.0125);
  EXPECT_DOUBLE_EQ(series.totals.p50_seconds.value(), 0.010);
  EXPECT_DOUBLE_EQ(series.totals.p90_seconds.value(), 0.020);
}

TEST(ImportK6Summary, BothLayoutsAreRead) {
  const char* texts[] = {
      "{\"root_group\":{},\"metrics\":{\"http_reqs\":{\"count\":200,\"rate\":20},"
      "\"http_req_failed\":{\"value\":0.25,\"passes\":50,\"fails\":150},"
      "\"http_req_duration\":{\"avg\":12.5,\"med\":10,\"max\":90,\"p(90)\":20,\"p(95)\":30},"
      "\"http_req_duration{expected_response:true}\":{\"avg\":1},"
      "\"vus\":{\"value\":4,\"min\":4,\"max\":4}}}",
      "{\"metrics\":{\"http_reqs\":{\"type\":\"counter\",\"values\":{\"count\":200,\"rate\":20}},"
      "\"http_req_failed\":{\"values\":{\"rate\":0.25,\"passes\":50,\"fails\":150}},"
      "\"http_req_duration\":{\"values\":{\"avg\":12.5,\"med\":10,\"max\":90,\"p(90)\":20,"
      "\"p(95)\":30}},\"vus\":{\"values\":{\"value\":4,\"min\":4,\"max\":4}}}}"};
  for (const char* text : texts) {
    const LoadSeries series = import_text(text);
    EXPECT_EQ(series.tool, "k6");
    EXPECT_EQ(series.totals.requests, 200);
    EXPECT_EQ(series.totals.errors, 50);
    EXPECT_DOUBLE_EQ(series.totals.seconds, 10);
    EXPECT_EQ(series.totals.users, 4);
    EXPECT_DOUBLE_EQ(series.totals.mean_seconds.value(), 0.0125);
    EXPECT_DOUBLE_EQ(series.totals.p95_seconds.value(), 0.030);
    EXPECT_EQ(series.totals.p99_seconds, std::nullopt);
  }
}

TEST(ImportSiege, TheRunsOfALogAreSteps) {
  const LoadSeries series = import_load(load_fixture("siege-4.0.7.log"));
  EXPECT_EQ(series.tool, "siege");
  EXPECT_TRUE(series.points_are_runs);
  ASSERT_EQ(series.points.size(), 3u);
  EXPECT_EQ(series.points.back().requests, 120);
  EXPECT_EQ(series.points.back().errors, 81);
  EXPECT_NEAR(static_cast<double>(series.points.back().length.count()) / 1e9, 1.03, 1e-6);
  EXPECT_FALSE(series.zone_known);
  EXPECT_TRUE(series.start);
}

TEST(ImportSiege, ItsSummaryEqualsItsLog) {
  const LoadSeries json = import_load(load_fixture("siege-4.0.7.json"));
  EXPECT_EQ(json.totals.requests, 120);
  EXPECT_EQ(json.totals.errors, 81);
  EXPECT_EQ(json.totals.mean_seconds, 0.03);
  const LoadSeries text = import_text(
      "Transactions:\t\t          39 hits\nAvailability:\t\t       32.50 %\n"
      "Elapsed time:\t\t        1.03 secs\nResponse time:\t\t       30.00 ms\n"
      "Successful transactions:         39\nFailed transactions:\t          81\n"
      "Longest transaction:\t       70.00 ms\n");
  EXPECT_EQ(text.totals.requests, json.totals.requests);
  EXPECT_EQ(text.totals.errors, json.totals.errors);
  EXPECT_EQ(text.totals.mean_seconds, json.totals.mean_seconds);
  EXPECT_EQ(text.totals.max_seconds, json.totals.max_seconds);
}

TEST(ReportsThatAreNotWhole, AreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"{\"aggregate\":{},\"intermediate\":[]}", "no \"intermediate\" periods"},
      {"{\"aggregate\":{", "is the file cut, or still being written?"},
      {"{\"pipelining\":1,\"non2xx\":0}", "no duration"},
      {"{\"pipelining\":1,\"non2xx\":", "is the file cut, or still being written?"},
      {"{\"summary\":{\"successRate\":1,\"requestsPerSec\":2}}", "lacks the total time"},
      {"      Date & Time,  Trans,  Elap Time,  Data Trans,  Resp Time,  Trans Rate,\n", "no run"},
  };
  for (const auto& [text, said] : cases) EXPECT_THAT(refusal_of(text), HasSubstr(said)) << text;
}

}  // namespace
}  // namespace tierwatch
