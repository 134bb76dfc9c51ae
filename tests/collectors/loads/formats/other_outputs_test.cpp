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

const Other kOtherTexts[] = {
    {"Requests      [total, rate, throughput]         1200, 120.00, 65.87\n"
     "Duration      [total, attack, wait]             10.09s, 9.94s, 145.08ms\n"
     "Latencies     [min, mean, 50, 90, 95, 99, max]  90.43ms, 113.17ms, 108.27ms, 140ms, 1s\n"
     "Success       [ratio]                           55.42%\n",
     "is vegeta's text report", "vegeta encode --to csv"},
    {"Requests      [total, rate]            1200, 120.00\n"
     "Duration      [total, attack, wait]    10s, 9s, 1s\n"
     "Latencies     [mean, 50, 95, 99, max]  113ms, 108ms, 140ms, 247ms, 264ms\n",
     "is vegeta's text report", "vegeta encode --to csv"},
    {R"({"latencies":{"total":237,"mean":23},"bytes_in":{"total":1},"status_codes":{"200":9}})",
     "is vegeta's JSON report", "vegeta encode --to csv"},
    {"Bucket         #     %       Histogram\n[0s,     2ms]  6007  50.06%  ###\n",
     "is vegeta's histogram", "vegeta encode --to csv"},
    {"\x0a\x7f\x03\x01\x01\x06Result\x01\x01\x06(Attack)\x01\x08(BytesOut)\x01\x07(BytesIn)",
     "is vegeta's binary results", "vegeta encode --to csv"},
    {"\n     execution: local\n        script: test.js\n\n"
     "     data_received..................: 148 kB 2.5 kB/s\n"
     "     http_req_duration..............: avg=5.84s  min=401.67ms med=6.2s    max=11.48s\n"
     "     http_reqs......................: 30     0.5/s\n",
     "is k6's text at the end of a test", "--out csv=FILE"},
    {"\xe2\x96\x88 TOTAL RESULTS \n    HTTP\n"
     "    http_req_duration..............: avg=117ms min=1ms\n"
     "      { expected_response:true }...: avg=117ms\n"
     "    http_reqs......................: 1 2/s\n",
     "is k6's text at the end of a test", "--out csv=FILE"},
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
    {"Percentage served,Time in ms\n0,1.1\n", "is ab's table of percentiles", "ab -g FILE"},
};

TEST(OtherOutputs, AreNamedWithWhatToRunInstead) {
  for (const Other& one : kOtherTexts)
    EXPECT_THAT(refusal_of(one.text), AllOf(StartsWith(std::string("file: ") + one.said),
                                            HasSubstr(one.instead), Not(HasSubstr("known are"))));
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
