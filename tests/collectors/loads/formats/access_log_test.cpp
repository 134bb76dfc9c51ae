// SPDX-License-Identifier: MIT
//
// Access logs of web servers as load: nginx' combined and common lines with anything behind them,
// JSON of nginx and Caddy, tskv.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using std::chrono::system_clock;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kNoTime = "tell no time that a request took";

/// One request a second, answered in 100 ms; each third one fails.
std::string lines(const std::string& before, const std::string& behind_stamp, int count = 9) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += before + "[21/Nov/2026:23:59:5" + std::to_string(i) + " +0100] \"GET /order/" +
            std::to_string(i) + "?x=1 HTTP/1.1\" " + (i % 3 == 2 ? "502" : "200") + " 612" +
            behind_stamp + "\n";
  return text;
}

TEST(AccessLog, CombinedLinesTellRequestsAndErrorsButNoLatency) {
  const LoadSeries load =
      import_text(lines("10.0.0.9 - bob ", " \"-\" \"Mozilla/5.0 [en] (1.5)\""));
  EXPECT_EQ(load.tool, "access-log");
  EXPECT_EQ(load.totals.requests, 9);
  EXPECT_EQ(load.totals.errors, 3);
  EXPECT_FALSE(load.totals.mean_seconds);
  EXPECT_THAT(load.warnings, Contains(HasSubstr(kNoTime)));
  ASSERT_TRUE(load.start) << "its clock is told, with its zone";
  const auto at = system_clock::from_time_t(1'795'301'990);  // 2026-11-21 22:59:50 UTC
  EXPECT_LE(std::chrono::abs(*load.start - at), std::chrono::seconds(1));
}

TEST(AccessLog, TheLongestTimeBehindIsThatOfTheRequest) {
  for (const char* behind :
       {" \"-\" \"curl/7.88\" 0.100 0.090 .", " \"-\" \"-\" rt=0.100 uct=\"0.001\" urt=\"0.099\"",
        " \"-\" \"Version/15.612\" rt=\"0.100\"", " 0.100"}) {
    const LoadSeries load = import_text(lines("::1 - - ", behind));
    ASSERT_TRUE(load.totals.mean_seconds) << behind;
    EXPECT_NEAR(*load.totals.mean_seconds, 0.1, 0.001) << behind;
    EXPECT_THAT(load.warnings, Not(Contains(HasSubstr(kNoTime))));
  }
}

TEST(AccessLog, WhatClientsWriteIsNoTime) {
  for (const char* behind : {" \"-\" \"999.000\"", " \"http://x/ 77.000\" \"rt=88.000\"",
                             " \"-\" \"a\\\" 99.000 \\\"b\""}) {
    const LoadSeries load = import_text(lines("::1 - - ", behind));
    EXPECT_FALSE(load.totals.mean_seconds) << behind;
    for (const LoadPoint& point : load.points)
      EXPECT_FALSE(point.started || point.under_way || point.users)
          << "when they began is not known";
  }
}

TEST(AccessLog, PathsAreNamedByTheirKind) {
  const LoadSeries load =
      import_text(lines("::1 - - ", "") +
                  "::1 - - [21/Nov/2026:23:59:59 +0100] \"POST /cart HTTP/2.0\" 201 0\n");
  EXPECT_THAT(load.labels,
              ElementsAre(AllOf(Field(&LoadLabel::name, "GET /order/<n>"),
                                Field(&LoadLabel::requests, 9), Field(&LoadLabel::errors, 3)),
                          Field(&LoadLabel::name, "POST /cart")));
}

TEST(AccessLog, JsonAndTskvAreReadByTheNamesOfTheirFields) {
  const std::string json =
      R"({"time_iso8601":"2026-11-21T23:00:01.250+00:00","status":"200","request":"GET /a HTTP/1.1","request_time":"0.250","body_bytes_sent":7})"
      "\n"
      R"({"msec":"1795302002.500","status":503,"request_method":"GET","request_uri":"/a?b","request_time":0.5})"
      "\n";
  const std::string caddy =
      R"({"level":"info","ts":1795302001.25,"logger":"http.log.access","request":{"method":"GET","uri":"/a","headers":{"Status":["9"]}},"duration":0.25,"size":7,"status":200})"
      "\n"
      R"({"level":"error","ts":1795302002.5,"logger":"http.log.access","request":{"method":"GET","uri":"/a"},"duration":0.5,"size":0,"status":503})"
      "\n";
  const std::string tskv =
      "tskv\ttimestamp=2026-11-21T23:00:01.250Z\tstatus=200\trequest=GET /a "
      "HTTP/1.1\trequest_time=0.250\n"
      "tskv\ttimestamp=2026-11-21T23:00:02.500Z\tstatus=503\trequest=GET /a "
      "HTTP/1.1\trequest_time=0.500\n";
  for (const std::string& text : {json, caddy, tskv}) {
    const LoadSeries load = import_text(text);
    EXPECT_EQ(load.totals.requests, 2) << text;
    EXPECT_EQ(load.totals.errors, 1) << text;
    EXPECT_NEAR(load.totals.mean_seconds.value_or(0), 0.375, 0.001) << text;
    ASSERT_TRUE(load.start) << text;
    EXPECT_LE(std::chrono::abs(*load.start - system_clock::from_time_t(1'795'302'001)),
              std::chrono::microseconds(1))
        << text;
    EXPECT_NEAR(load.totals.seconds, 1.5, 0.001) << text;
  }
}

TEST(AccessLog, LinesThatAreNoneAreLeftOutAndSaid) {
  const LoadSeries load = import_text(
      lines("::1 - - ", "") + "::1 - - [32/Nov/2026:23:59:59 +0100] \"GET / HTTP/1.1\" 200 1\n" +
      "::1 - - [21/Nov/2026:23:59:59 +0100] \"\" 400 0\n" + "::1 - - [21/Nov/20");
  EXPECT_EQ(load.totals.requests, 10) << "a request that was none was answered, too";
  EXPECT_THAT(load.warnings, Contains(HasSubstr("line 10 is left out")));
  EXPECT_THAT(load.warnings, Contains(HasSubstr("line 12")));
  EXPECT_THAT(load.warnings, Contains(HasSubstr("requests that it refused")));
}

TEST(AccessLog, RequestsThatClientsMadeUpAreBounded) {
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += "::1 - - [21/Nov/2026:23:59:59 +0100] \"GET /" + std::to_string(i % 26) + "x" +
            std::to_string(i) + "y HTTP/1.1\" 404 0\n";
  text += "::1 - - [21/Nov/2026:23:59:59 +0100] \"\\x16\\x03\\x01] \\\"GET / \" 400 0\n";
  const LoadSeries load = import_text(text);
  EXPECT_EQ(load.totals.requests, 2001);
  EXPECT_LE(load.labels.size(), 50u);
}

}  // namespace
}  // namespace tierwatch
