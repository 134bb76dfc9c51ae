// SPDX-License-Identifier: MIT
#include "analysis/load/sending_model.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "collectors/seconds.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A minute in which latency swings between 50 and 250 ms. `rate` is made of a latency.
LoadSeries swinging(const std::string& tool, std::optional<double> users,
                    const std::function<double(double)>& rate) {
  LoadSeries load{.tool = tool};
  for (int second = 0; second < 60; ++second) {
    const double latency = 0.15 + 0.1 * std::sin(second / 5.0);
    const double requests = rate(latency);
    LoadPoint point{.begin = second * 1s, .requests = requests, .mean_seconds = latency};
    point.started = requests;
    point.under_way = requests * latency;
    point.users = users ? users : point.under_way;
    load.points.push_back(point);
  }
  return load;
}

SendingModel model_of(const LoadSeries& load, const std::string& command = "") {
  return find_sending_model(load, load_plan(load.tool, command));
}

TEST(SendingModel, UsersThatNeverRestAreAClosedLoad) {
  const SendingModel model =
      model_of(swinging("jmeter", 40, [](double latency) { return 40 / (latency + 0.002); }));
  EXPECT_EQ(model.model, LoadModel::kClosed);
  EXPECT_TRUE(model.measured);
  EXPECT_EQ(model.pause_seconds, 0);
}

TEST(SendingModel, UsersThatPauseAfterEachAnswerAreAClosedLoad) {
  const SendingModel model =
      model_of(swinging("locust", 40, [](double latency) { return 40 / (latency + 0.5); }));
  EXPECT_EQ(model.model, LoadModel::kClosed);
  EXPECT_NEAR(model.pause_seconds.value(), 0.5, 0.01);
}

TEST(SendingModel, UsersThatKeepTheirPaceWhateverAnAnswerTakesArePaced) {
  const SendingModel model = model_of(swinging("jmeter", 40, [](double) { return 40.0; }));
  EXPECT_EQ(model.model, LoadModel::kPaced);
  EXPECT_NEAR(model.pace_seconds.value(), 1, 0.01);
}

TEST(SendingModel, RequestsThatDoNotFollowLatencyAreAnOpenLoad) {
  const SendingModel model = model_of(swinging("vegeta", {}, [](double) { return 200.0; }));
  EXPECT_EQ(model.model, LoadModel::kOpen);
  EXPECT_TRUE(model.measured);
}

TEST(SendingModel, AToolWithoutAFreeWorkerSendsNoMoreByItsSchedule) {
  const SendingModel model =
      model_of(swinging("vegeta", {}, [](double latency) { return 10 / latency; }));
  EXPECT_EQ(model.model, LoadModel::kClosed);
  EXPECT_TRUE(model.measured);
}

TEST(SendingModel, WhereLatencyStandsStillTheToolTellsOrNobody) {
  const auto still = [](std::optional<double> users, const char* tool) {
    LoadSeries load = swinging(tool, users, [](double) { return 100.0; });
    for (LoadPoint& point : load.points) {
      point.mean_seconds = 0.01;
      point.under_way = 1;
      if (!users) point.users = 1;
    }
    return load;
  };
  const SendingModel told = model_of(still({}, "vegeta"));
  EXPECT_EQ(told.model, LoadModel::kOpen);
  EXPECT_FALSE(told.measured);
  const SendingModel unknown = model_of(still(50, "jmeter"));
  EXPECT_EQ(unknown.model, LoadModel::kUnknown);
  EXPECT_THAT(unknown.words, HasSubstr("latency hardly varied"));
}

TEST(SendingModel, UsersThatComeWithEachRequestAreNoClosedLoad) {
  LoadSeries load = swinging("gatling", {}, [](double) { return 100.0; });
  for (LoadPoint& point : load.points) point.users = 1.01 * *point.under_way;
  const SendingModel model = model_of(load);
  EXPECT_EQ(model.model, LoadModel::kUnknown);
  EXPECT_THAT(model.words, HasSubstr("came and went"));
}

TEST(SendingModel, WhoDropsWhatIsDueHasASchedule) {
  LoadSeries load = swinging("k6", 40, [](double latency) { return 40 / latency; });
  load.totals.dropped = 12;
  EXPECT_EQ(model_of(load).model, LoadModel::kOpen);
}

TEST(SendingModel, TotalsShowWhetherConnectionsWereAlwaysBusy) {
  LoadSeries load{.tool = "wrk"};
  load.totals = {.requests = 20'000, .seconds = 10, .users = 100, .mean_seconds = 0.0495};
  const SendingModel busy = model_of(load);
  EXPECT_EQ(busy.model, LoadModel::kClosed);
  EXPECT_TRUE(busy.measured);
  load.tool = "wrk2";
  EXPECT_EQ(model_of(load).model, LoadModel::kOpen);
}

TEST(SendingModel, ARateOnTheCommandLineIsAPace) {
  LoadSeries load{.tool = "hey"};
  load.totals = {.requests = 1000, .seconds = 10, .mean_seconds = 0.05};
  const SendingModel model = model_of(load, "hey -c 20 -q 5 http://shop/");
  EXPECT_EQ(model.model, LoadModel::kPaced);
  EXPECT_DOUBLE_EQ(model.pace_seconds.value(), 0.2);
}

TEST(SendingModel, WhoWaitsForAnswersIsNoOpenLoad) {
  const SendingModel model = model_of(swinging("hey", {}, [](double) { return 200.0; }));
  EXPECT_EQ(model.model, LoadModel::kPaced) << model.words;
  EXPECT_EQ(model.pace_seconds, std::nullopt);
}

TEST(SendingModel, APaceWithoutARateCountsMoreThanFigures) {
  const SendingModel model =
      model_of(swinging("hey", 40, [](double latency) { return 40 / (latency + 0.002); }),
               "sh -c 'for c in 1 2; do hey -c $c -q 10 http://a/; done'");
  EXPECT_EQ(model.model, LoadModel::kPaced);
  EXPECT_EQ(model.pace_seconds, 0.1);
}

}  // namespace
}  // namespace tierwatch
