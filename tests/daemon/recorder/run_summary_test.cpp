// SPDX-License-Identifier: MIT
#include "daemon/recorder/run_summary.h"

#include <gmock/gmock.h>

#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

RunRow row(int begin, int end) {
  return {.run = 1,
          .name = "before",
          .command = "wrk http://x/",
          .begin = tick_snapshot(begin).at.wall,
          .end = tick_snapshot(end).at.wall,
          .exit_status = 0};
}

void record(const std::filesystem::path& file, const RunRow& run) {
  RecordingWriter writer(file, test_session());
  writer.put(run);
  for (int i = 0; i < 20; ++i) writer.add(tick_snapshot(i));
  writer.finish(tick_snapshot(20).at.wall, true);
}

TEST(VerdictShares, CountOnlyTheTimeOfTheRun) {
  RecordedRun run{.run = row(0, 10)};
  const auto at = [](int second, VerdictState state) {
    return RunSample{.at = tick_snapshot(second).at.wall, .facts = {.seconds = 1}, .state = state};
  };
  for (int i = -5; i < 0; ++i) run.samples.push_back(at(i, VerdictState::kUnknown));
  for (int i = 0; i < 4; ++i) run.samples.push_back(at(i, VerdictState::kClear));
  for (int i = 4; i < 10; ++i) {
    run.samples.push_back(at(i, VerdictState::kSaturated));
    run.samples.back().named = TierResource{"uwsgi", Resource::kCpu};
  }
  EXPECT_EQ(verdict_shares(run), "uwsgi cpu 60 %, nothing full 40 %");
  EXPECT_EQ(verdict_shares({.run = row(0, 10)}), "no sample");
  RecordedRun shorter{.run = row(0, 10)};
  shorter.samples.push_back(at(1, VerdictState::kUnknown));
  shorter.samples.back().facts.seconds = 0;
  EXPECT_EQ(verdict_shares(shorter), "no sample");
}

TEST(RunSummary, SaysWhatWasSeenInsideAndWhatThatCost) {
  const TemporaryFolder directory;
  record(directory / "without.db", row(2, 18));
  EXPECT_THAT(run_summary(directory / "without.db"), Not(HasSubstr("inside")));
  record(directory / "a.db", row(2, 18));
  InsideNews news;
  news.added.stacks = {{.activity = "running", .frames = {}}};
  for (const int second : {3, 4})
    news.added.stretches.push_back({.at = tick_snapshot(second).at.wall,
                                    .seconds = 0.5,
                                    .tier = "uwsgi",
                                    .cost_cores = 0.012,
                                    .counts = {{0, 20}}});
  {
    RecordingWriter writer(directory / "a.db", test_session());
    writer.add(news);
    writer.commit();
  }
  EXPECT_THAT(run_summary(directory / "a.db"),
              HasSubstr("  inside   uwsgi 40 samples; took 1.20 % of a core\n"));
}

TEST(RunSummary, TellsHowTheRunEnded) {
  const TemporaryFolder directory;
  record(directory / "a.db", row(2, 18));
  EXPECT_THAT(run_summary(directory / "a.db"), HasSubstr("before took 16 s, exit status 0\n"));
  RunRow killed = row(2, 18);
  killed.exit_status.reset();
  killed.signal = 9;
  record(directory / "b.db", killed);
  EXPECT_THAT(run_summary(directory / "b.db"), HasSubstr("killed by signal 9"));
  RunRow open = row(2, 18);
  open.end.reset();
  record(directory / "c.db", open);
  EXPECT_THAT(run_summary(directory / "c.db"), HasSubstr("did not end while it was recorded"));
}

TEST(RunSummary, TellsWhatIsMissing) {
  const TemporaryFolder directory;
  record(directory / "whole.db", row(2, 18));
  EXPECT_THAT(run_summary(directory / "whole.db"), Not(HasSubstr("missing")));
  {
    RecordingWriter writer(directory / "gap.db", test_session());
    writer.put(row(0, 30));
    writer.add(tick_snapshot(0));
    writer.add(tick_snapshot(1));
    writer.add(tick_snapshot(9), 3);
    writer.commit();
  }
  EXPECT_THAT(run_summary(directory / "gap.db"),
              HasSubstr("missing  3 samples could not be written; not recorded (7 s)"));
}

TEST(RunSummary, OfAFileWithoutARunSaysSo) {
  const TemporaryFolder directory;
  RecordingWriter(directory / "history.db", test_session()).finish({}, true);
  EXPECT_THAT(run_summary(directory / "history.db"), HasSubstr("there is no run in it"));
}

}  // namespace
}  // namespace tierwatch
