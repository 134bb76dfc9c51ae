// SPDX-License-Identifier: MIT
#include "collectors/loads/series/label_tally.h"

#include <gmock/gmock.h>

#include "collectors/loads/joined_labels.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

LabelTally::Request request(std::chrono::nanoseconds end, std::chrono::nanoseconds latency = 10ms,
                            bool failed = false) {
  return {.end = end, .latency = latency, .failed = failed};
}

LoadSeries written(const LabelTally& tally, std::chrono::nanoseconds start = 0s) {
  LoadSeries series;
  tally.write_to(series, start, true);
  return series;
}

double requests_in(const LoadSeries& series) {
  double sum = series.other_labels ? series.other_labels->requests : 0;
  for (const LoadLabel& label : series.labels) sum += label.requests;
  return sum;
}

TEST(LabelTally, CountsEachLabelByItself) {
  LabelTally tally;
  for (int i = 0; i < 30; ++i) tally.add("GET /", request(i * 1s, 10ms));
  for (int i = 0; i < 10; ++i) tally.add("POST /cart", request(i * 1s, 200ms, i % 2 == 0));
  const LoadSeries series = written(tally);
  ASSERT_THAT(series.labels, SizeIs(2));
  EXPECT_EQ(series.labels[0].name, "GET /");
  EXPECT_EQ(series.labels[0].requests, 30);
  EXPECT_EQ(series.labels[0].errors, 0);
  EXPECT_EQ(series.labels[1].errors, 5);
  EXPECT_NEAR(series.labels[1].p95_seconds.value(), 0.2, 0.002);
  EXPECT_THAT(series.labels[1].points, SizeIs(10));
  EXPECT_FALSE(series.other_labels);
}

TEST(LabelTally, ASingleLabelSaysNoMoreThanTheTotals) {
  LabelTally tally;
  for (int i = 0; i < 30; ++i) tally.add("page", request(i * 1s));
  EXPECT_THAT(written(tally).labels, IsEmpty());
}

TEST(LabelTally, ALongRunHasLongerStretchesAndTheSameSums) {
  LabelTally tally;
  for (int i = 0; i < 3600; ++i) {
    tally.add("a", request(i * 1s, 10ms, i % 10 == 0));
    tally.add("b", request(7200s - i * 1s, 20ms));
  }
  for (const LoadLabel& label : written(tally).labels) {
    double requests = 0, errors = 0;
    for (const LoadPoint& point : label.points) {
      requests += point.requests;
      errors += point.errors;
    }
    EXPECT_LE(label.points.size(), std::size_t(LabelTally::kMostBins));
    EXPECT_EQ(requests, 3600) << label.name;
    EXPECT_EQ(errors, label.errors);
  }
}

TEST(LabelTally, TimesAreSinceTheStart) {
  LabelTally tally;
  tally.add("a", request(1'700'000'003s));
  tally.add("b", request(1'700'000'005s));
  const LoadSeries series = written(tally, 1'700'000'000s);
  EXPECT_EQ(series.labels[0].points[0].begin, 3s);
  EXPECT_EQ(series.labels[1].points[0].begin, 5s);
}

TEST(LabelTally, ALabelForEachRequestTakesLittleMemoryAndTheRestIsCounted) {
  LabelTally tally;
  constexpr int kHostile = 300'000;
  for (int i = 0; i < kHostile; ++i) {
    tally.add("/item/" + std::to_string(i), request(std::chrono::milliseconds(i)));
    if (i % 3 == 0) tally.add("GET /", request(std::chrono::milliseconds(i)));
  }
  const LoadSeries series = written(tally);
  EXPECT_THAT(series.labels, SizeIs(LabelTally::kWrittenLabels));
  EXPECT_EQ(series.labels[0].name, "GET /");
  EXPECT_EQ(series.labels[0].requests, kHostile / 3) << "what is asked for often is whole";
  EXPECT_EQ(requests_in(series), kHostile + kHostile / 3);
  EXPECT_GE(series.other_label_count, LabelTally::kMostKnownOthers);
  EXPECT_TRUE(series.other_labels_are_more);
}

TEST(LabelTally, ALabelIsCountedWholeOrAmongTheOthers) {
  LabelTally tally;
  tally.add("early", request(0s));
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 500; ++i) tally.add(std::to_string(i), request(1s));
  for (int i = 0; i < 1000; ++i) tally.add("early", request(2s));
  const LoadSeries series = written(tally);
  EXPECT_EQ(requests_in(series), 1 + 1500 + 1000);
  for (const LoadLabel& label : series.labels) {
    if (label.name == "early") {
      EXPECT_EQ(label.requests, 1001);
    } else {
      EXPECT_EQ(label.requests, 3) << label.name;
    }
  }
}

TEST(LabelTally, ALongLabelIsCut) {
  LabelTally tally;
  tally.add(std::string(100'000, 'x'), request(0s));
  tally.add("b", request(0s));
  for (const LoadLabel& label : written(tally).labels)
    EXPECT_LE(label.name.size(), LabelTally::kLongestLabel);
}

TEST(JoinedLabels, OfOneNameAreAddedUp) {
  LoadSeries a, b;
  a.labels = {{.name = "x",
               .requests = 10,
               .errors = 1,
               .mean_seconds = 0.1,
               .p95_seconds = 0.2,
               .points = {{.requests = 10}}}};
  b.labels = {{.name = "x",
               .requests = 30,
               .mean_seconds = 0.3,
               .p95_seconds = 0.4,
               .points = {{.requests = 30}}},
              {.name = "y", .requests = 5, .points = {}}};
  add_labels(b, 60s, a);
  ASSERT_THAT(a.labels, SizeIs(2));
  EXPECT_EQ(a.labels[0].requests, 40);
  EXPECT_NEAR(a.labels[0].mean_seconds.value(), 0.25, 1e-9);
  EXPECT_FALSE(a.labels[0].p95_seconds) << "of two sets no quantile is known";
  EXPECT_EQ(a.labels[0].points[1].begin, 60s);
}

}  // namespace
}  // namespace tierwatch
