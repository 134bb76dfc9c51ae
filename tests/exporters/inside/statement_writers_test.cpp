// SPDX-License-Identifier: MIT
#include "exporters/inside/statement_writers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporters/inside/request_writers.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::Not;

StatementReport statement_report() {
  StatementReport report;
  report.verdict.sentence = "postgres is full: a lock";
  report.tier = "postgres";
  report.versions = {"15"};
  report.processes = 12;
  report.looks = 250;
  report.seconds = 5;
  report.findings.samples = 100;
  report.findings.activities = {0.2, 0.6, 0.2, 0};
  report.findings.waits = {{"Lock", "tuple", 0.6}};
  StatementRow held{.statement = "update stock set n = ?", .share = 0.8};
  held.waits = {{"Lock", "tuple", 0.75}, {"", "", 0.25}};
  held.blockers = {{4711, false, true, "select ?", 0.75}, {0, false, false, "", 0.1}};
  report.findings.rows = {held, {.statement = "select ?", .idle = true, .share = 0.2}};
  return report;
}

TEST(StatementText, NamesTheStatementItsWaitAndWhoHoldsItUp) {
  const std::string text = statement_text(statement_report());
  EXPECT_THAT(text, testing::StartsWith(
                        "postgres is full: a lock\n"
                        "80 % of postgres's time at work or in a transaction in update stock set n "
                        "= ?, waiting for Lock tuple 75 % of that\n"
                        "held up by backend 4711: idle in transaction, after: select ?\n"));
  EXPECT_THAT(text, HasSubstr("12 processes of postgres (version 15) looked at 250 times in 5.0 s, "
                              "without a connection: 100 samples"));
  EXPECT_THAT(text,
              HasSubstr("its backends: running 20 %, Lock tuple 60 %, idle in transaction 20 %"));
  EXPECT_THAT(text, HasSubstr("10 % of its time by one that is not looked at"));
}

TEST(StatementText, ShowsNothingThatATerminalObeys) {
  StatementReport report = statement_report();
  report.findings.rows[0].statement = "select \x1b[2J\n\xff";
  report.findings.rows[0].blockers[0].statement = "\x1b]0;x";
  EXPECT_THAT(statement_text(report), Not(HasSubstr("\x1b")));
  EXPECT_NO_THROW(nlohmann::json::parse(statement_json(report)));
}

TEST(StatementText, SaysWhatIsNotKnown) {
  StatementReport report;
  report.tier = "db";
  EXPECT_THAT(statement_text(report), HasSubstr("none of its backends was at work"));
  report.findings.rows = {{.share = 1}};
  report.findings.moved = 0.031;
  const std::string text = statement_text(report);
  EXPECT_THAT(text, HasSubstr("in (statement not known)"));
  EXPECT_THAT(text, HasSubstr("3.1 % of the samples changed each time"));
}

TEST(StatementJson, HasSharesWaitsAndBlockers) {
  const auto document = nlohmann::json::parse(statement_json(statement_report()));
  const auto& first = document["statements"][0];
  EXPECT_EQ(first["statement"], "update stock set n = ?");
  EXPECT_EQ(first["waits"][0]["class"], "Lock");
  EXPECT_FALSE(first["waits"][1].contains("class"));
  EXPECT_EQ(first["held_up_by"][0]["pid"], 4711);
  EXPECT_FALSE(first["held_up_by"][1].contains("pid"));
  EXPECT_EQ(document["statements"][1]["idle_in_transaction"], true);
  EXPECT_EQ(document["activities"]["waiting"], 0.6);
  EXPECT_EQ(document["server"][0], "15");
}

RequestReport request_report() {
  RequestReport report;
  report.verdict.sentence = "nothing is full";
  report.tier = "nginx";
  report.seconds = 5;
  report.logs = {"/var/log/nginx/access.log"};
  report.findings.all = {.requests = 500,
                         .per_second = 100,
                         .error_ratio = 0.02,
                         .time_ratio = 1,
                         .time = RequestTimes{0.012, 0.04, 12}};
  report.findings.rows = {{.endpoint = "GET /order/<n>",
                           .requests = 400,
                           .per_second = 80,
                           .error_ratio = 0,
                           .time_ratio = 0.9,
                           .time = RequestTimes{0.012, 0.04, 12}}};
  return report;
}

TEST(RequestText, BeginsWithAllOfThemAndTheOneWithMostTime) {
  const std::string text = request_text(request_report());
  EXPECT_THAT(text,
              testing::StartsWith("nothing is full\nnginx finishes 100/s, 2 % of them failed, "
                                  "half within 12 ms, 99 % within 12 s\n"
                                  "90 % of their time in GET /order/<n>\n"));
  EXPECT_THAT(text, HasSubstr("/var/log/nginx/access.log followed for 5.0 s: 500 requests"));
}

TEST(RequestText, SaysWhatTheLogDoesNot) {
  RequestReport report = request_report();
  report.findings.all.time.reset();
  report.findings.rows[0].time.reset();
  report.findings.rows[0].time_ratio.reset();
  report.findings.rows[0].endpoint = "GET /\x1b[2J";
  const std::string text = request_text(report);
  EXPECT_THAT(text, HasSubstr("80 % of them in GET /"));
  EXPECT_THAT(text, HasSubstr("log_format lacks $request_time"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const auto document = nlohmann::json::parse(request_json(report));
  EXPECT_FALSE(document["requests"].contains("time"));
  EXPECT_EQ(document["endpoints"][0]["requests"], 400);
  report.findings = {};
  EXPECT_THAT(request_text(report), HasSubstr("finished no request"));
}

}  // namespace
}  // namespace tierwatch
