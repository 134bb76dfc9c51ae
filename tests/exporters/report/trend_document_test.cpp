// SPDX-License-Identifier: MIT
#include "exporters/report/trend/trend_document.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "exporters/report/formats/report_markdown.h"
#include "tests/exporters/golden.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

/// Twelve runs, written by hand: uWSGI is 10 % dearer since the eighth.
RunTrend sample_trend(const std::string& name = "nightly") {
  RunTrend trend;
  TrendSeries rate{.name = "throughput",
                   .title = "throughput",
                   .unit = "/s",
                   .values = {},
                   .changes = {},
                   .noise = 0.01,
                   .findable = 0.026};
  TrendSeries cost{.name = "demand.uwsgi",
                   .title = name + " CPU per request",
                   .unit = "s/request",
                   .higher_is_better = false,
                   .values = {},
                   .changes = {},
                   .noise = 0.01,
                   .findable = 0.026};
  for (int i = 0; i < 12; ++i) {
    trend.runs.push_back({.name = name + std::to_string(i),
                          .begin = std::chrono::system_clock::time_point(1'760'000'000s + i * 24h),
                          .bottleneck = i < 10 ? "uwsgi cpu" : "nginx cpu",
                          .users = 8,
                          .load_tool = "wrk",
                          .other_programs_ratio = 0.03});
    rate.values.push_back(200.0 + i % 3);
    cost.values.push_back(i == 4 ? std::nullopt
                                 : std::optional((i < 7 ? 0.010 : 0.011) + 0.0001 * (i % 3)));
  }
  cost.changes = {{.run = 7,
                   .p = 0.001,
                   .before = 0.0101,
                   .after = 0.0111,
                   .change = {0.099, 0.08, 0.12},
                   .verdict = Change::kWorse,
                   .words = name + " CPU per request +9.9 % since run 8 of 12: worse"}};
  trend.series = {rate, cost};
  trend.sentence = "since run 8 of 12: " + name + " CPU per request +9.9 %";
  trend.warnings = {"different load generators: hey and wrk"};
  return trend;
}

/// Times of day in the goldens are UTC's.
class TrendDocument : public testing::Test {
 protected:
  TrendDocument() {
    setenv("TZ", "UTC0", 1);
    tzset();
  }
};

TEST_F(TrendDocument, TextIsAsInTheGolden) {
  const std::string text = trend_text(sample_trend());
  EXPECT_EQ(text, golden("tests/golden/report/trend.txt", text));
}

TEST_F(TrendDocument, PageIsAsInTheGolden) {
  const std::string page = trend_html(sample_trend());
  const std::string body = page.substr(page.find("<body>"));
  const std::string shown = body.substr(0, body.find("<footer>"));
  EXPECT_EQ(shown, golden("tests/golden/report/trend.html", shown));
}

TEST_F(TrendDocument, PageHasAPictureOfEachMeasureAndNoScript) {
  const std::string page = trend_html(sample_trend());
  std::size_t pictures = 0;
  for (std::size_t at = 0; (at = page.find("<svg", at)) != page.npos; ++at) ++pictures;
  EXPECT_EQ(pictures, 2u);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("<line class=\"change worse\""));
}

TEST_F(TrendDocument, JsonKeepsPlacesOfRunsThatDoNotKnow) {
  const auto json = nlohmann::ordered_json::parse(trend_json(sample_trend()));
  EXPECT_EQ(json["format"], "tierwatch-trend");
  EXPECT_EQ(json["runs"].size(), 12u);
  EXPECT_EQ(json["series"][1]["values"].size(), 12u);
  EXPECT_TRUE(json["series"][1]["values"][4].is_null());
  EXPECT_EQ(json["series"][1]["changes"][0]["run"], 7);
}

TEST_F(TrendDocument, ManyRunsFitTheTerminal) {
  RunTrend trend = sample_trend();
  for (int i = 0; i < 500; ++i) {
    trend.runs.push_back(trend.runs.back());
    for (TrendSeries& series : trend.series) series.values.push_back(series.values.back());
  }
  const std::string text = trend_text(trend, {.width = 80});
  const std::string plot = text.substr(text.find("Run after run"), 2000);
  std::size_t begin = 0;
  for (std::size_t end; (end = plot.find('\n', begin)) != plot.npos; begin = end + 1)
    EXPECT_LE(text_width(drawable(plot.substr(begin, end - begin))), 80);
  EXPECT_THAT(text, HasSubstr("The newest 60 of 512"));
}

TEST_F(TrendDocument, NothingFromOutsideIsObeyed) {
  const std::string hostile = "</title><script>alert(1)</script>\x1b[2J\n# x";
  const RunTrend trend = sample_trend(hostile);
  EXPECT_THAT(trend_html(trend), Not(HasSubstr("<script>alert")));
  EXPECT_THAT(trend_text(trend), Not(HasSubstr("\x1b")));
  EXPECT_THAT(report_markdown(describe(trend)), Not(HasSubstr("\n# x")));
}

TEST_F(TrendDocument, ARunOfNothingIsStillSaid) {
  RunTrend nothing;
  nothing.sentence = "0 runs: at least 8 are needed to tell a change from noise";
  EXPECT_THAT(trend_text(nothing), HasSubstr("at least 8"));
  EXPECT_THAT(trend_html(nothing), HasSubstr("at least 8"));
}

}  // namespace
}  // namespace tierwatch
