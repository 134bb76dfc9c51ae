// SPDX-License-Identifier: MIT
//
// What Prometheus answers, and what is said of answers that are none.
#include "exporters/scraped/prometheus_api.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr auto kAt = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));

/// Answers each question with that.
PrometheusApi answering(Fetched answer, bool had_account = false) {
  return PrometheusApi("http://prometheus:9090", had_account,
                       [answer](const std::string&, const std::string&) { return answer; });
}

std::string problem_of(Fetched answer, bool had_account = false) {
  try {
    answering(std::move(answer), had_account).query("up", kAt);
  } catch (const ScrapedError& error) {
    return error.what();
  }
  return "none";
}

TEST(PrometheusApi, ReadsSeriesAndLeavesOutWhatIsNoNumber) {
  // As Prometheus 2.42 answers.
  const Fetched answer{
      .status = 200,
      .body = R"({"status":"success","data":{"resultType":"matrix","result":[)"
              R"({"metric":{"__name__":"up","instance":"db1:9718"},"values":[[1700000000.5,"1"],)"
              R"([1700000001.5,"NaN"],[1700000002.5,"+Inf"],[1700000003.5,"2.5e-1"]]}]}})"};
  auto api = answering(answer);
  const auto series = api.query_range("up", kAt, kAt + std::chrono::seconds(4), 1);
  ASSERT_THAT(series, SizeIs(1));
  EXPECT_EQ(series[0].label("instance"), "db1:9718");
  EXPECT_EQ(series[0].label("job"), "");
  EXPECT_THAT(series[0].values, ElementsAre(Pair(1700000000.5, 1), Pair(1700000003.5, 0.25)));
}

TEST(PrometheusApi, AsksWithAFormInWhichNothingMeansAnythingElse) {
  std::string asked_path, asked_form;
  PrometheusApi api("http://p", false, [&](const std::string& path, const std::string& form) {
    asked_path = path;
    asked_form = form;
    return Fetched{.status = 200, .body = R"({"status":"success","data":{"result":[]}})"};
  });
  api.query_range("a{b=\"c&d\"}", kAt, kAt + std::chrono::milliseconds(1500), 0.25);
  EXPECT_EQ(asked_path, "/api/v1/query_range");
  EXPECT_EQ(asked_form,
            "query=a%7Bb%3D%22c%26d%22%7D&start=1700000000.000&end=1700000001.500&step=0.250");
}

TEST(PrometheusApi, TextsOfPromqlAreQuoted) {
  EXPECT_EQ(promql_text(R"(app\.*"x)"), R"("app\\.*\"x")");
  EXPECT_EQ(promql_text("a\nb"), R"("a\nb")");
}

TEST(PrometheusApi, SaysWhatIsWrongAndWhatToDo) {
  EXPECT_THAT(problem_of({.problem = "Connection refused", .nobody_there = true}),
              AllOf(StartsWith("http://prometheus:9090: Connection refused"),
                    HasSubstr("does Prometheus run there")));
  EXPECT_THAT(problem_of({.status = 401, .body = "Unauthorized"}), HasSubstr("are wanted"));
  EXPECT_THAT(problem_of({.status = 401, .body = "Unauthorized"}, true), HasSubstr("are refused"));
  EXPECT_THAT(problem_of({.status = 404, .body = "404 page not found"}),
              HasSubstr("this is no Prometheus"));
  EXPECT_THAT(problem_of({.status = 200, .body = "<html>Welcome to nginx!</html>"}),
              AllOf(HasSubstr("this is no Prometheus"), HasSubstr("before /api/v1")));
  EXPECT_THAT(problem_of({.status = 302, .body = ""}), HasSubstr("name the URL that it sends to"));
}

TEST(PrometheusApi, PassesOnWhatPrometheusRefuses) {
  // As Prometheus 2.42 answers.
  EXPECT_THAT(
      problem_of({.status = 400,
                  .body = R"({"status":"error","errorType":"bad_data","error":"invalid parameter )"
                          R"(\"query\": 1:44: parse error: error parsing regexp: missing closing )"
                          R"(): `^(?:()$`"})"}),
      HasSubstr("it refuses the query: invalid parameter \"query\""));
  EXPECT_THAT(
      problem_of({.status = 400,
                  .body = R"({"status":"error","errorType":"bad_data","error":"exceeded maximum )"
                          R"(resolution of 11,000 points per timeseries."})"}),
      HasSubstr("choose a shorter time"));
}

TEST(PrometheusApi, AnAnswerThatIsCutShortIsNone) {
  EXPECT_THAT(problem_of({.status = 200, .body = R"({"status":"success","data":{"result":[{"met)"}),
              HasSubstr("cut short"));
  EXPECT_THAT(problem_of({.status = 200, .body = R"({"status":"success"})"}),
              HasSubstr("cut short"));
  EXPECT_THAT(problem_of({.problem = "transfer closed with outstanding read data remaining"}),
              HasSubstr("transfer closed"));
}

TEST(PrometheusApi, KeepsWhatAnAnswerWarnsOf) {
  auto api = answering({.status = 200,
                        .body = R"({"status":"success","data":{"result":[]},"warnings":["store )"
                                R"(10.0.0.9:10901 did not answer"]})"});
  api.query("up", kAt);
  api.query("up", kAt);
  EXPECT_THAT(api.warnings(), ElementsAre("store 10.0.0.9:10901 did not answer"));
}

}  // namespace
}  // namespace tierwatch
