// SPDX-License-Identifier: MIT
#include "analysis/load/load_runs.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Moment = std::chrono::system_clock::time_point;

const Moment kBegin{seconds(1'790'000'000)};

/// Runs of ten seconds that begin at those minutes; the first at 10/s, the second at 20/s…
LoadSeries runs_at(std::initializer_list<int> begins) {
  LoadSeries load{.tool = "jmeter", .source = "a.jtl", .start = kBegin};
  double rate = 0;
  for (const int begin : begins) {
    rate += 10;
    for (int i = 0; i < 10; ++i)
      load.points.push_back({.begin = minutes(begin) + seconds(i),
                             .requests = rate,
                             .errors = 1,
                             .users = rate / 10,
                             .mean_seconds = 0.1});
  }
  load.totals.p99_seconds = 0.2;
  return load;
}

RunTime recording(seconds begin, seconds end) { return {kBegin + begin, kBegin + end}; }

TEST(RunsOf, AreWhatFiveMinutesPart) {
  EXPECT_THAT(runs_of(runs_at({0, 3, 30})), SizeIs(2));
  const LoadSeries one = runs_at({0, 3});
  EXPECT_THAT(runs_of(one), ElementsAre(one));
  const LoadSeries totals{.totals = {.requests = 5}};
  EXPECT_THAT(runs_of(totals), ElementsAre(totals));
}

TEST(RunOfRecording, IsTheOneThatOverlapsIt) {
  const LoadSeries run =
      run_of_recording(runs_at({0, 30, 60}), recording(minutes(29), minutes(31)));
  EXPECT_THAT(run.points, SizeIs(10));
  EXPECT_EQ(run.totals.requests, 200);
  EXPECT_EQ(run.totals.errors, 10);
  EXPECT_EQ(run.totals.seconds, 10);
  EXPECT_EQ(run.totals.users, 2);
  EXPECT_NEAR(*run.totals.mean_seconds, 0.1, 1e-9);
  EXPECT_EQ(run.totals.p99_seconds, std::nullopt) << "of all runs";
  ASSERT_THAT(run.warnings, SizeIs(1));
  EXPECT_THAT(run.warnings[0], HasSubstr("3 runs are in the file"));
  EXPECT_THAT(run.warnings[0], HasSubstr("100 requests in 10 s, 30 m 0 s before"));
  EXPECT_THAT(run.warnings[0], HasSubstr("300 requests in 10 s, 30 m 0 s after"));
}

TEST(RunOfRecording, AllThatOverlapItCount) {
  const LoadSeries load = runs_at({0, 30});
  EXPECT_EQ(run_of_recording(load, recording(seconds(0), minutes(40))), load);
}

TEST(RunOfRecording, WithoutOverlapItIsTheNearestAndWithoutRecordingTheLast) {
  const LoadSeries load = runs_at({0, 30});
  EXPECT_EQ(run_of_recording(load, recording(minutes(8), minutes(9))).totals.requests, 100);
  EXPECT_EQ(run_of_recording(load, {}).totals.requests, 200);
}

TEST(CutToRecording, LeavesOutWhatLiesOutside) {
  const LoadSeries load = runs_at({0});
  const LoadSeries cut = cut_to_recording(load, recording(seconds(6), minutes(1)));
  EXPECT_THAT(cut.points, SizeIs(7));  // two seconds are the clocks'
  EXPECT_EQ(cut.totals.requests, 70);
  EXPECT_THAT(cut.warnings, ElementsAre(HasSubstr("3 s lie outside of the recording")));
  EXPECT_THAT(cut_to_recording(load, recording(seconds(1), minutes(1))).warnings, IsEmpty());
  EXPECT_EQ(cut_to_recording(load, recording(minutes(5), minutes(6))), load);
}

}  // namespace
}  // namespace tierwatch
