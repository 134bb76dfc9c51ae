// SPDX-License-Identifier: MIT
//
// Outputs of load generators that are not read: whoever gives one is told which tool's it is and
// what to run instead. The texts are those of the tools' documentation and programs, shortened.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/gzip.h"
#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Other {
  const char* text;
  const char* said;
  const char* instead;
};

constexpr const char* kAnotherTool = "no output of that tool is; repeat the run with one whose";

const Other kOtherTexts[] = {
    {"Bucket         #     %       Histogram\n[0s,     2ms]  6007  50.06%  ###\n",
     "is vegeta's histogram", "vegeta encode --to csv"},
    {"\x0a\x7f\x03\x01\x01\x06Result\x01\x01\x06(Attack)\x01\x08(BytesOut)\x01\x07(BytesIn)",
     "is vegeta's binary results", "vegeta encode --to csv"},
    {"Type     Name  # reqs      # fails |    Avg     Min     Max    Med |   req/s  failures/s\n",
     "is Locust's console text", "_stats_history.csv"},
    {"Method,Name,Error,Occurrences\nGET,/,x,1\n", "is Locust's list of failures",
     "_stats_history.csv"},
    {"summary =   1000 in 00:00:10 =  100.0/s Avg:    12 Min:     1 Max:   200 Err:     0 (0.0%)\n",
     "is JMeter's summary lines", "jmeter -l FILE"},
    {"Label,# Samples,Average,Median,90% Line\nhome,10,5,5,6\n", "is JMeter's aggregate report",
     "jmeter -l FILE"},
    {"--------\nSummary report @ 10:00:10(+0000)\n--------\n"
     "http.codes.200: ... 9\nvusers.created: ... 3\n",
     "is Artillery's text", "--output FILE"},
    {"====\n---- Global Information ----------\n> request count      20 (OK=20     KO=0     )\n",
     "is Gatling's console text", "simulation.log"},
    {" === PER SCENARIO METRICS ===\n Name | # users | # times run\n === PER REQUEST METRICS ===\n"
     " Name | # reqs | # fails | Avg\n",
     "is goose's text", kAnotherTool},
    {"elapsed,scenario_index,transaction_index,name,run_time,success,error,user\n1,0,0,a,9,true,,"
     "0\n",
     "is goose's log of transactions", kAnotherTool},
    {R"({"stats": [{"name": "/", "num_requests": 3, "num_failures": 0, "response_times": {"9": 3}}]})",
     "is Locust's JSON", "_stats_history.csv"},
    {"sampler_label,aggregate_report_count,average\nhome,10,5\n", "is JMeter's aggregate report",
     "jmeter -l FILE"},
    {"<?xml version=\"1.0\"?>\n<jmeterTestPlan version=\"1.2\">\n", "is JMeter's test plan",
     "jmeter -l FILE"},
    {"2024-01-01 10:00:00,001 INFO o.a.j.JMeter: Version 5.6\n", "is JMeter's log",
     "jmeter -l FILE"},
    {"label,avg_ct,avg_lt,avg_rt,bytes,concurrency,fail,stdev_rt,succ,throughput\n,1,1,1,9,1,0,1,5,"
     "5\n",
     "is the final status of Taurus", "kpi.jtl"},
    {"<?xml version='1.0'?>\n<FinalStatus>\n<TestDuration>9</TestDuration>\n",
     "is the final status of Taurus", "kpi.jtl"},
    {"<testsuite name=\"a\"><testcase name=\"b\" time=\"0.1\"/></testsuite>", "is JUnit's XML",
     "the load generator itself"},
    {"<!DOCTYPE html>\n<html><head><title>Locust</title>", "is an HTML page", "locust --csv"},
    {"{\"stats\": {\"numberOfRequests\": {\"total\": 9}, \"meanNumberOfRequestsPerSecond\": 1}}",
     "is the statistics of Gatling's page", "simulation.log"},
    {"HTTP/1.1 200     0.36 secs:    3372 bytes ==> GET  /\n", "is siege's lines for each request",
     "siege --log=FILE"},
    {"import http from 'k6/http';\nexport default function () {}\n", "is a script for k6",
     "--out csv=FILE"},
    {"shop 127.0.0.1 2024-01-01 00:00:00 \"GET / HTTP/1.1\" 200 612\n", "is an access log", "tskv"},
    {"PK\x03\x04\x14", "is a zip archive", "unpack it"},
    {"\x28\xB5\x2F\xFD\x04", "is packed with zstd", "unpack it"},
    {"\xFD"
     "7zXZ",
     "is packed with xz", "unpack it"},
    {"BZh91AY&SY", "is packed with bzip2", "unpack it"},
    {"SQLite format 3", "is an SQLite database", "tierwatch report RUN.db"},
    {"Summary:\n  Count:\t\t200\n  Total:\t\t181.57 ms\n  Slowest:\t69.60 ms\n  Fastest:\t2 ms\n",
     "is ghz's text", kAnotherTool},
    {R"({"count": 200, "average": 32, "statusCodeDistribution": {"OK": 200}, "latencyDistribution": []})",
     "is ghz's JSON", kAnotherTool},
    {"Bombarding http://h/ with 10 requests using 2 connections\nStatistics        Avg      Stdev\n"
     "  Reqs/sec    264.00   10.73\n  Latency  471us  522us\n  HTTP codes:\n    2xx - 10\n",
     "is bombardier's text", kAnotherTool},
    {R"({"spec":{"numberOfConnections":2},"result":{"req1xx":0,"req2xx":10}})",
     "is bombardier's JSON", kAnotherTool},
    {"finished in 771.26ms, 129658 req/s, 4.71MB/s\n"
     "requests: 100 total, 100 started, 100 done, 100 succeeded, 0 failed, 0 errored\n",
     "is h2load's text", kAnotherTool},
    {"Aggregated Function Time : count 10 avg 0.4\nCode 200 : 10 (100.0 %)\nAll done 10 calls\n",
     "is fortio's text", kAnotherTool},
    {R"({"ActualQPS": 8, "DurationHistogram": {"Count": 40}})", "is fortio's JSON", kAnotherTool},
    {"Total: connections 100 requests 100 replies 100 test-duration 9.905 s\n"
     "Reply status: 1xx=0 2xx=100\n",
     "is httperf's text", kAnotherTool},
    {"  Latencies:\n    Avg      Stdev\n  Requests:\n    Total:  912  Req/Sec: 182.81\n",
     "is rewrk's text", kAnotherTool},
    {"Summary:\n  Elapsed  8.6s\n  RPS  112.7\nLatency Percentile:\n  P50\nLatency Histogram:\n",
     "is plow's text", kAnotherTool},
    {"Time taken for tests      5.2 seconds\nTotal requests            500\n"
     "Successful requests       500\nRequests per second       96.15 [#/sec]\n",
     "is drill's text", kAnotherTool},
    {" Total Req.......................: 100\n Failed Req......................: 0\n"
     " Req/s...........................: 79.57\n",
     "is cassowary's text", kAnotherTool},
    {"Running 10s test @ http://h/\n    8 goroutine(s) running concurrently\n"
     "439 requests in 10.01s, 5MB read\nRequests/sec: 43.9\n",
     "is go-wrk's text", kAnotherTool},
    {"# stats: dump at 1461690087\nstats: users 2 6\n", "is Tsung's log", kAnotherTool},
    {"{\n \"stats\": [\n {\"timestamp\": 1461690087,  \"samples\": []},\n", "is Tsung's log",
     kAnotherTool},
    {"DateTime,vuser,Tests,Errors,Mean Test Time (ms),TPS\n", "is nGrinder's CSV", kAnotherTool},
    {"Percentage served,Time in ms\n0,1.1\n", "is ab's table of percentiles", "ab -g FILE"},
    {"# HELP late_total Samples not finished in time, of requests: 1 succeeded, 1 did not.\n"
     "# TYPE late_total counter\nlate_total 1\n",
     "is metrics in Prometheus' text format", "what the load generator itself wrote"},
};

TEST(OtherOutputs, AreNamedWithWhatToRunInstead) {
  for (const Other& one : kOtherTexts)
    EXPECT_THAT(refusal_of(one.text), AllOf(StartsWith(std::string("file: ") + one.said),
                                            HasSubstr(one.instead), Not(HasSubstr("known are"))));
}

TEST(OtherOutputs, ATarArchiveIsNamed) {
  std::string tar(512, '\0');
  tar.replace(0, 7, "run.jtl").replace(257, 5, "ustar");
  EXPECT_THAT(refusal_of(tar), StartsWith("file: is a tar archive, which is not read: unpack it"));
}

TEST(OtherOutputs, OfJsonInLinesItsFirstFieldIsShown) {
  EXPECT_THAT(refusal_of("{\n  \"framework\": 1\n}\n"),
              StartsWith("file: begins with \"{ \"framework\": 1\""));
}

TEST(OtherOutputs, NoFileThatIsReadIsTakenForOne) {
  for (const auto& entry : std::filesystem::directory_iterator(load_fixture(""))) {
    if (!entry.is_regular_file() || entry.path().extension() == ".md") continue;
    EXPECT_NO_THROW(import_load(entry.path())) << entry.path();
  }
}

TEST(OtherOutputs, WhatNobodyKnowsIsToldBeforeTheFormats) {
  const std::string said = refusal_of("\n  \nhello\nworld\n");
  EXPECT_THAT(said,
              StartsWith("file: begins with \"hello\", as no known format does; known are: ab, "));
  EXPECT_LT(said.size(), 250u) << "one or two lines of a terminal";
  EXPECT_THAT(refusal_of("\n\n"), StartsWith("file: has nothing but blanks"));
  EXPECT_THAT(refusal_of("hello\n", {.format = "k6"}),
              AllOf(HasSubstr("as no file of k6 does"), HasSubstr("k6 CSV, k6 JSON")));
}

/// Standard input is a pipe with these bytes while it lives.
class PipedInput {
 public:
  explicit PipedInput(const std::string& bytes) : before_(dup(STDIN_FILENO)) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    EXPECT_EQ(write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
  }
  ~PipedInput() {
    dup2(before_, STDIN_FILENO);
    close(before_);
  }
  PipedInput(const PipedInput&) = delete;
  PipedInput& operator=(const PipedInput&) = delete;

 private:
  int before_;
};

TEST(StandardInput, IsReadWhereTheFileIsADash) {
  const std::string rows =
      "timeStamp,elapsed,label,responseCode,success\n1700000000000,12,a,200,true\n";
  for (const std::string& bytes : {rows, gzipped(rows)}) {
    const PipedInput input(bytes);
    const LoadSeries series = import_load(parse_load_argument("jmeter:-").file);
    EXPECT_EQ(series.totals.requests, 1);
    EXPECT_EQ(series.source, "standard input");
  }
  const PipedInput input("hello\n");
  try {
    import_load("-");
    ADD_FAILURE() << "was not refused";
  } catch (const ImportError& error) {
    EXPECT_THAT(error.what(), StartsWith("standard input: begins with"));
  }
}

}  // namespace
}  // namespace tierwatch
