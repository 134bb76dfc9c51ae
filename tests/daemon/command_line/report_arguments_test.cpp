// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include "daemon/command_line/command_line.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CommandLine parse(std::vector<const char*> words) {
  words.insert(words.begin(), "tierwatch");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

/// What is said to words that cannot be meant. Fails when they are taken.
std::string refusal(std::vector<const char*> words) {
  const CommandLine line = parse(std::move(words));
  const auto* message = std::get_if<Message>(&line);
  if (!message || message->exit_status != 2) ADD_FAILURE() << "it was accepted";
  return message ? message->text : "";
}

TEST(ReportArguments, AreTakenTogether) {
  const CommandLine line =
      parse({"report", "a.db", "--load", "jmeter:x.jtl", "--what-if", "cores=4", "--what-if",
             "uwsgi.workers=8", "--format", "md", "--clock-offset=-3h"});
  const auto& report = std::get<ReportOptions>(line);
  EXPECT_THAT(report.runs, ElementsAre("a.db"));
  EXPECT_THAT(report.loads, ElementsAre("jmeter:x.jtl"));
  ASSERT_EQ(report.what_if.size(), 2u);
  EXPECT_EQ(report.what_if[1].changes[0].tier, "uwsgi");
  EXPECT_EQ(report.clock_offset, -std::chrono::hours(3));
}

TEST(ReportArguments, AreRefusedWithWhatWouldBeRight) {
  EXPECT_THAT(refusal({"report"}), HasSubstr("name a run's file"));
  EXPECT_THAT(refusal({"report", "--from", "soon"}), HasSubstr("write it like 14:05"));
  EXPECT_THAT(refusal({"report", "--from", "@20", "--to", "@10"}), HasSubstr("not before"));
  EXPECT_THAT(refusal({"report", "a.db", "--clock-offset", "7"}), HasSubstr("write it like 7.3s"));
  EXPECT_THAT(refusal({"report", "a.db", "--what-if", "luck=4"}), HasSubstr("luck"));
  EXPECT_THAT(refusal({"report", "a.db", "--format", "pdf"}),
              HasSubstr("\"pdf\" is not one of text, md, comment, json, csv"));
  EXPECT_THAT(refusal({"report", "a.db", "b.db", "--format", "csv"}), HasSubstr("holds one run"));
  EXPECT_THAT(refusal({"report", "a.db", "b.db", "--html", "x.html"}), HasSubstr("of one run"));
}

TEST(ReportArguments, ThresholdsAreTakenTogetherAndRefusedWithTheirPlace) {
  const CommandLine line = parse({"report", "a.db", "--fail-if", "p95 > 500ms", "--fail-if",
                                  "errors > 1%", "--junit", "x.xml", "--format", "comment"});
  const auto& report = std::get<ReportOptions>(line);
  ASSERT_EQ(report.fail_if.size(), 2u);
  EXPECT_EQ(report.fail_if[1].text, "errors > 1%");
  EXPECT_EQ(report.junit, "x.xml");
  EXPECT_EQ(report.format, "comment");
  EXPECT_THAT(refusal({"report", "a.db", "--fail-if", "p95 > 500"}),
              HasSubstr("--fail-if: column 10 of 'p95 > 500': a unit is missing"));
  EXPECT_THAT(refusal({"report", "a.db", "--junit", "x.xml"}), HasSubstr("name a condition"));
}

TEST(ReportArguments, APrometheusIsAskedForATime) {
  const CommandLine line = parse({"report", "--prometheus", "https://me@mimir/prometheus", "--from",
                                  "@10", "--to", "@20", "--instance", "app.*", "--ca", "ca.pem",
                                  "--bearer-token-file", "token", "--load", "wrk:w.txt"});
  const auto& report = std::get<ReportOptions>(line);
  ASSERT_TRUE(report.prometheus);
  EXPECT_EQ(report.prometheus->url, "https://me@mimir/prometheus");
  EXPECT_EQ(report.prometheus->instance, "app.*");
  EXPECT_EQ(report.prometheus->ca_file, "ca.pem");
  EXPECT_EQ(report.prometheus->bearer_token_file, "token");
  EXPECT_THAT(report.loads, ElementsAre("wrk:w.txt"));
  EXPECT_FALSE(std::get<ReportOptions>(parse({"report", "a.db"})).prometheus);
}

/// With a whole time.
std::string prometheus_refusal(const char* url, std::vector<const char*> more = {}) {
  std::vector<const char*> words{"report", "--prometheus", url, "--from", "@10", "--to", "@20"};
  words.insert(words.end(), more.begin(), more.end());
  return refusal(std::move(words));
}

TEST(ReportArguments, OfAPrometheusAreRefusedWithWhatWouldBeRight) {
  EXPECT_THAT(refusal({"report", "--prometheus", "http://p:9090", "--from", "-1h"}),
              HasSubstr("--from and --to"));
  EXPECT_THAT(prometheus_refusal("p:9090"), HasSubstr("write it like http://"));
  EXPECT_THAT(prometheus_refusal("http://me:secret@p"), HasSubstr("TIERWATCH_PASSWORD"));
  EXPECT_THAT(prometheus_refusal("http://p/api/v1"), HasSubstr("leave out /api/v1"));
  EXPECT_THAT(prometheus_refusal("http://p?x"), HasSubstr("no query"));
  EXPECT_THAT(prometheus_refusal("http://p", {"a.db"}), HasSubstr("instead of a run's file"));
  EXPECT_THAT(prometheus_refusal("http://p", {"--what-if", "cores=4"}), HasSubstr("--what-if"));
  EXPECT_THAT(prometheus_refusal("http://p", {"--insecure"}), HasSubstr("https://"));
  EXPECT_THAT(refusal({"report", "a.db", "--instance", "x"}), HasSubstr("--prometheus URL"));
}

TEST(CompareArguments, AreTwoRunsOrTwoGroups) {
  const CommandLine two = parse({"compare", "a.db", "b.db"});
  EXPECT_THAT(std::get<CompareOptions>(two).a, ElementsAre("a.db"));
  EXPECT_THAT(std::get<CompareOptions>(two).b, ElementsAre("b.db"));
  const CommandLine groups = parse(
      {"compare", "--fail-if", "ceiling < -5%", "a1.db", "a2.db", "a3.db", "--", "b1.db", "b2.db"});
  EXPECT_THAT(std::get<CompareOptions>(groups).a, ElementsAre("a1.db", "a2.db", "a3.db"));
  EXPECT_THAT(std::get<CompareOptions>(groups).b, ElementsAre("b1.db", "b2.db"));
  EXPECT_TRUE(std::get<CompareOptions>(groups).fail_if.has_value());
  EXPECT_THAT(refusal({"compare", "a.db", "b.db", "--fail-if", "ceiling <"}),
              HasSubstr("ceiling <"));
}

}  // namespace
}  // namespace tierwatch
