// SPDX-License-Identifier: MIT
//
// Files after a crash or a full disk, or from writers that got in each other's way: what is lost is
// counted and said, the rest is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/gzip.h"
#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;

std::string zeros(std::size_t count) { return std::string(count, '\0'); }

const std::string kHead = "timeStamp,elapsed,success,Connect\n";

std::string row(int ms) { return std::to_string(1'700'000'000'000 + ms) + ",5,true,100\n"; }

TEST(ZeroBytes, AtTheEndOfAFileAreLostRows) {
  for (const std::size_t count : {2u, 600u, 70'000u, 9'000'000u}) {
    const LoadSeries series = import_text(kHead + row(0) + row(10) + zeros(count));
    EXPECT_EQ(series.totals.requests, 2) << count;
    EXPECT_TRUE(warns_of(series, "from line 4 on there are zero bytes only")) << count;
    EXPECT_FALSE(warns_of(series, "is left out")) << count;
  }
}

TEST(ZeroBytes, CutTheRowBeforeThemAndNoOther) {
  const std::string half = "1700000000020,5,true,1";  // of "100": a number all the same
  const LoadSeries at_end = import_text(kHead + row(0) + half + zeros(5000));
  EXPECT_EQ(at_end.totals.requests, 1);
  EXPECT_TRUE(warns_of(at_end, "line 3 is left out: zero bytes cut it"));
  std::string text = kHead;
  for (int i = 0; i < 5; ++i) text += row(100 * i) + half + zeros(4096) + row(100 * i + 50);
  const LoadSeries within = import_text(text);
  EXPECT_EQ(within.totals.requests, 10) << "what was written after the crash is whole";
  EXPECT_TRUE(warns_of(within, "line 3 is left out: zero bytes cut it"));
  EXPECT_TRUE(warns_of(within, "2 more lines with zero bytes are left out"));
}

TEST(ZeroBytes, OneAloneIsACharacterOfAText) {
  const LoadSeries series = import_text("timeStamp,elapsed,failureMessage,success\n" +
                                        std::string("1700000000123,5,\"a") + zeros(1) +
                                        "b\",false\n1700000000130,5,,true\n");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_FALSE(warns_of(series, "left out"));
}

TEST(ZeroBytes, AreNeitherXmlNorJsonNorText) {
  const std::string sample = "<httpSample t=\"5\" ts=\"1700000000000\" s=\"true\" lb=\"a\"/>\n";
  const std::string head = "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n";
  for (const std::string& text : {head + sample + "</testResults>\n" + zeros(200'000),
                                  head + sample + "<httpSample t=\"7" + zeros(200'000)}) {
    const LoadSeries series = import_text(text);
    EXPECT_EQ(series.totals.requests, 1);
    EXPECT_TRUE(warns_of(series, "200000 zero bytes are left out"));
  }
  const std::string line =
      "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":"
      "\"2023-11-14T22:13:20.1Z\",\"value\":10,\"tags\":{\"status\":\"200\"}}}\n";
  const LoadSeries k6 = import_text(line + line.substr(0, 40) + zeros(5000));
  EXPECT_EQ(k6.totals.requests, 1);
  EXPECT_TRUE(warns_of(k6, "line 2 is left out"));
  EXPECT_EQ(import_text("{\"aggregate\":{\"counters\":{\"http.responses\":5}},\"intermediate\":[{"
                        "\"period\":1700000000000,\"counters\":{\"http.responses\":5}}]}\n" +
                        zeros(3000))
                .totals.requests,
            5);
  EXPECT_EQ(import_text(R"({"pipelining":1,"non2xx":0,"duration":2,"requests":{"total":9}})" +
                        zeros(3000))
                .totals.requests,
            9);
}

TEST(LinesWithTwoDocuments, AreTwoRequests) {
  const std::string k6 =
      "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":"
      "\"2023-11-14T22:13:20.1Z\",\"value\":10,\"tags\":{\"name\":\"a}{b\",\"status\":\"200\"}}}";
  EXPECT_EQ(import_text(k6 + k6 + "\n" + k6 + "\n").totals.requests, 3);
  const std::string vegeta =
      "{\"attack\":\"\",\"seq\":0,\"code\":200,\"timestamp\":\"2023-11-14T22:13:20Z\",\"latency\":"
      "100000000,\"bytes_out\":0,\"bytes_in\":10,\"error\":\"\",\"body\":null}";
  const LoadSeries series = import_text(vegeta + vegeta + vegeta.substr(0, 30) + "\n" + vegeta);
  EXPECT_EQ(series.totals.requests, 3);
  EXPECT_TRUE(warns_of(series, "line 1 is left out"));
}

TEST(ReportsBehindOneAnother, AreRefusedWithWhatToDo) {
  const std::string report =
      "{\"aggregate\":{\"counters\":{\"http.responses\":5}},\"intermediate\":[{\"period\":"
      "1700000000000,\"counters\":{\"http.responses\":5}}]}";
  EXPECT_THAT(refusal_of(report + report),
              HasSubstr("another document begins behind the first one; give each as a file"));
  EXPECT_EQ(import_text(report + "\n\n").totals.requests, 5);
}

TEST(LoneReturns, EndLines) {
  std::string text = kHead;
  for (int i = 0; i < 5000; ++i) text += row(10 * i);  // longer than what is looked at first
  const LoadSeries expected = import_text(text);
  std::ranges::replace(text, '\n', '\r');
  for (const std::string& bytes : {text, gzipped(text)})
    EXPECT_EQ(import_text(bytes).points, expected.points);
  EXPECT_EQ(expected.totals.requests, 5000);
}

TEST(VegetaOfOld, HasSixColumns) {
  const LoadSeries series = import_text(
      "1700000000000000000,200,100000000,0,10,\"\"\n"
      "1700000000500000000,0,200000000,0,0,\"Get http://h/: EOF\"\n");
  EXPECT_EQ(series.tool, "vegeta");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_EQ(series.totals.errors, 1);
  EXPECT_THAT(refusal_of("1700000000000000000,17,100000000,0,10,x\n"),
              HasSubstr("no known format"));
}

LoadSeries dated(const std::string& first, const std::string& second) {
  return import_text("timeStamp,elapsed,success\n" + first + " 22:13:20.123,5,true\n" + second +
                     " 22:13:21.123,5,true\n");
}

TEST(DatesWithSlashes, HaveTheDayFirstWhereThatIsSeen) {
  const LoadSeries expected = dated("2023/11/14", "2023/11/14");
  EXPECT_EQ(dated("14/11/2023", "14/11/2023").start, expected.start);
  EXPECT_EQ(dated("14/11/23", "14/11/23").start, expected.start);
  EXPECT_EQ(dated("11/14/23", "11/14/23").start, expected.start);
  const LoadSeries over_midnight = import_text(
      "timeStamp,elapsed,success\n12/11/2023 23:59:59.000,5,true\n"
      "13/11/2023 00:00:01.000,5,true\n");
  EXPECT_NEAR(over_midnight.totals.seconds, 2.005, 1e-9) << "the second date tells of the first";
  EXPECT_FALSE(warns_of(over_midnight, "stands first"));
}

TEST(DatesWithSlashes, ThatMayBeBothAreSaid) {
  const LoadSeries series = dated("05/06/2026", "05/06/2026");
  EXPECT_EQ(series.start, dated("2026/05/06", "2026/05/06").start);
  EXPECT_TRUE(warns_of(series, "whether the month or the day stands first"));
  EXPECT_FALSE(warns_of(dated("06/06/2026", "06/06/2026"), "stands first"));
}

}  // namespace
}  // namespace tierwatch
