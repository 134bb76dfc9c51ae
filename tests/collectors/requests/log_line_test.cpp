// SPDX-License-Identifier: MIT
#include "collectors/requests/log_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "collectors/requests/endpoint.h"
#include "collectors/servers/conf/nginx_logs.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

/// The first log of a configuration.
AccessLogs logs_of(const std::string& conf) {
  const auto logs = nginx_access_logs(conf, [](const std::string&) { return std::nullopt; });
  EXPECT_TRUE(logs);
  return logs.value_or(AccessLogs{});
}

LogFormat format_of(const std::string& conf) {
  const AccessLogs logs = logs_of(conf);
  std::string why;
  EXPECT_EQ(logs.places.size(), 1u);
  auto format = LogFormat::parse(logs.places.at(0).format, why);
  EXPECT_TRUE(format) << why;
  return format.value_or(LogFormat{});
}

TEST(LogFormat, ReadsCombined) {
  const LogFormat format = format_of("http { access_log /var/log/nginx/access.log; }");
  LoggedRequest request;
  ASSERT_TRUE(format.read(
      R"(127.0.0.1 - - [30/Nov/2026:09:04:05 +0000] "GET /order/7?a=%22 HTTP/1.1" 502 17 "-" "a b")",
      request));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/order/7?a=%22");
  EXPECT_THAT(request.status, Optional(502u));
  EXPECT_FALSE(request.time);
  EXPECT_FALSE(format.has_time());
  EXPECT_FALSE(format.read("something else", request));
  EXPECT_FALSE(format.read("", request));
}

TEST(LogFormat, ReadsJsonAndTskvAsTheyAreWritten) {
  const LogFormat json = format_of(
      R"(log_format j escape=json '{"t":"$time_iso8601","r":"$request",' '"s":$status,'
         '"rt":$request_time,"u":"$upstream_response_time"}'; access_log /l j;)");
  LoggedRequest request;
  ASSERT_TRUE(json.read(
      R"({"t":"2026","r":"GET /a\"b HTTP/1.1","s":200,"rt":1.204,"u":"0.100, 0.200 : 0.004"})",
      request));
  EXPECT_EQ(request.target, "/a\\\"b");
  EXPECT_THAT(request.time, Optional(1204ms));
  EXPECT_THAT(request.upstream, Optional(304ms));
  const LogFormat tskv = format_of(
      "log_format t 'tskv\\tmethod=$request_method\\turi=$request_uri\\tstatus=$status\\t'\n"
      "'rt=${request_time}';\naccess_log /l t buffer=32k;");
  ASSERT_TRUE(tskv.read("tskv\tmethod=POST\turi=/x\tstatus=204\trt=0.000", request));
  EXPECT_EQ(request.method, "POST");
  EXPECT_THAT(request.status, Optional(204u));
  EXPECT_THAT(request.time, Optional(0ns));
  ASSERT_TRUE(tskv.read("tskv\tmethod=POST\turi=/x\tstatus=\trt=-", request));
  EXPECT_FALSE(request.status);
  EXPECT_FALSE(request.time);
}

TEST(LogFormat, RefusesWhatCannotBeTakenApart) {
  std::string why;
  EXPECT_FALSE(LogFormat::parse("$request$status", why));
  EXPECT_THAT(why, HasSubstr("nothing between"));
  EXPECT_FALSE(LogFormat::parse("$status $bytes_sent", why));
  EXPECT_THAT(why, HasSubstr("neither $request"));
}

TEST(LogFormat, Seconds) {
  EXPECT_THAT(logged_seconds("0.012"), Optional(12ms));
  EXPECT_THAT(logged_seconds("3"), Optional(3s));
  EXPECT_THAT(logged_seconds("1.000000001"), Optional(1'000'000'001ns));
  for (const char* text : {"", "-", ".", "1.", "-1", "1.0000000001", "1e3", "99999999999", "1.x"})
    EXPECT_FALSE(logged_seconds(text)) << text;
}

TEST(AccessLogs, AreFoundInAnyBlockAndWhatCannotBeFollowedIsSaid) {
  const AccessLogs logs = logs_of(
      "log_format main '$request';\nhttp { access_log /a main; access_log off;\n"
      "server { access_log /a main; access_log \"/b\" combined if=$x;\n"
      "location / { access_log syslog:server=1; access_log /v/$host.log main; access_log /c odd; } "
      "} }");
  ASSERT_EQ(logs.places.size(), 2u);
  EXPECT_EQ(logs.places[0].path, "/a");
  EXPECT_EQ(logs.places[0].format, "$request");
  EXPECT_EQ(logs.places[1].path, "/b");
  EXPECT_THAT(logs.not_followed,
              ElementsAre(HasSubstr("syslog"), HasSubstr("variable"), HasSubstr("/c: its format")));
  EXPECT_FALSE(nginx_access_logs("include x;", [](const std::string&) { return std::nullopt; }));
  EXPECT_THAT(logs_of("http { }").places, IsEmpty());
}

TEST(Endpoint, IsTheKindOfPage) {
  const std::pair<const char*, const char*> cases[] = {
      {"/", "/"},
      {"/order/4711", "/order/<n>"},
      {"/order/4711/?secret=1", "/order/<n>/"},
      {"/u/3f2a9c0e-1111-2222-3333-444455556666/x", "/u/<id>/x"},
      {"/static/app.9f8e7d6c5b4a.js", "/static/app.9f8e7d6c5b4a.js"},
      {"/feedface", "/feedface"},
      {"/v2/items", "/v2/items"},
      {"/token/AbC123dEf456GhI789jkl", "/token/<id>"},
      {"http://example.org/x/1", "/x/<n>"},
      {"/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/…"},
      {"*", "*"},
      {"nonsense", "(no path)"},
      {"", "(no path)"}};
  for (const auto& [target, endpoint] : cases) EXPECT_EQ(endpoint_of(target), endpoint) << target;
  EXPECT_LE(endpoint_of("/" + std::string(10'000, 'x')).size(), 50u);
}

TEST(LogFormat, TakesAnyBytes) {
  const LogFormat format = format_of("access_log /l;");
  constexpr std::string_view kLetters = " -[]\"GET/ 0123456789.\\x";
  std::minstd_rand random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string line;
    for (std::size_t i = random() % 120; i > 0; --i) line += kLetters[random() % kLetters.size()];
    LoggedRequest request;
    if (format.read(line, request)) {
      EXPECT_LE(endpoint_of(request.target).size(), 8u * 44 + 4);
    }
  }
}

}  // namespace
}  // namespace tierwatch
