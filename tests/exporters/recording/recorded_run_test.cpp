// SPDX-License-Identifier: MIT
#include "exporters/recording/recorded_run.h"

#include <gmock/gmock.h>

#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class RecordedRuns : public ::testing::Test {
 protected:
  RecordedRuns() {
    RecordingWriter writer(file_, test_session());
    for (int i = 0; i < 10; ++i) writer.add(tick_snapshot(i), i == 8 ? 2 : 0);
    writer.add(RunMark{.at = tick_snapshot(2).at.wall, .text = "early"});
    writer.add(RunMark{.at = tick_snapshot(7).at.wall, .text = "late"});
    writer.commit();
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "run.db";
};

TEST_F(RecordedRuns, AFileWithoutARunIsNoRun) {
  EXPECT_THROW(read_recorded_run(file_), RecordingError);
}

TEST_F(RecordedRuns, ARunHasItsLabelAndLoad) {
  {
    RecordingWriter writer(file_, test_session());
    writer.put({.name = "before",
                .command = "wrk http://x/",
                .begin = tick_snapshot(1).at.wall,
                .end = tick_snapshot(8).at.wall,
                .exit_status = 3});
    writer.add(LoadSeries{.tool = "wrk", .totals = {.requests = 10}});
    writer.commit();
  }
  const RecordedRun run = read_recorded_run(file_);
  const RunData data = run.data();
  EXPECT_EQ(data.label.name, "before");
  EXPECT_EQ(data.label.exit_status, 3);
  EXPECT_EQ(data.label.end, tick_snapshot(8).at.wall);
  EXPECT_THAT(data.samples, SizeIs(10));
  EXPECT_EQ(data.load->tool, "wrk");
  EXPECT_TRUE(data.alignment.same_clock);
}

TEST_F(RecordedRuns, FilesOfServersAreKeptByPathTimeAndSize) {
  const std::filesystem::path file = directory_ / "files.db";
  Snapshot first = tick_snapshot(0), changed = tick_snapshot(1);
  const auto time = first.at.wall - std::chrono::hours(1);
  const FileStamp conf{.path = "/etc/a.conf", .changed = time, .size_bytes = 7, .inode = 3};
  const ServerStamp nginx{.tier = "nginx", .server = {}, .program = {}, .files = {conf}};
  first.stamps = changed.stamps = {nginx};
  changed.stamps[0].files[0].size_bytes = 8;
  {
    RecordingWriter writer(file, test_session());
    writer.add(first, 0);
    writer.add(changed, 0);
    writer.commit();
  }
  RecordingReader reader(file);
  std::vector<std::optional<double>> sizes;
  for (const SettingAt& thing : reader.server_things())
    if (thing.name == "file_bytes /etc/a.conf") sizes.push_back(thing.value);
  EXPECT_THAT(sizes, ElementsAre(7, 8));
  EXPECT_TRUE(reader.server_things({.to = time}).empty()) << "only what was known by then";
}

TEST_F(RecordedRuns, TheLiveVerdictsComeBackTickByTick) {
  RecordingReader reader(file_);
  int number = 2;
  reader.each_verdict({.from = tick_snapshot(2).at.wall, .to = tick_snapshot(7).at.wall},
                      [&](const VerdictStretch& span) {
                        const Snapshot tick = tick_snapshot(number++);
                        EXPECT_EQ(span.end, tick.at.wall);
                        EXPECT_EQ(span.end - span.begin, std::chrono::seconds(1));
                        EXPECT_EQ(span.state, tick.verdict.state);
                        EXPECT_EQ(span.named, tick.verdict.named());
                      });
  EXPECT_EQ(number, 8);
}

TEST_F(RecordedRuns, SeveralResultsOfARunAreOneLoad) {
  {
    RecordingWriter writer(file_, test_session());
    writer.put(
        {.name = "steps", .begin = tick_snapshot(0).at.wall, .end = tick_snapshot(9).at.wall});
    for (int i = 0; i < 2; ++i)
      writer.add(LoadSeries{.tool = "wrk",
                            .start = tick_snapshot(4 * i).at.wall,
                            .totals = {.requests = 10, .seconds = 4}});
    writer.commit();
  }
  const RecordedRun run = read_recorded_run(file_);
  EXPECT_THAT(run.loads, SizeIs(2));
  EXPECT_EQ(run.data().load->totals.requests, 20);
  EXPECT_THAT(run.data().load->points, SizeIs(2));
}

TEST_F(RecordedRuns, WhatIsMissingIsNoted) {
  const auto file = directory_ / "broken.db";
  {
    RecordingWriter writer(file, test_session());
    writer.put({.name = "killed", .begin = tick_snapshot(1).at.wall, .signal = 9});
    for (int i = 0; i < 5; ++i) writer.add(tick_snapshot(i), i == 3 ? 2 : 0);
    Snapshot stepped = tick_snapshot(5);
    stepped.at.wall += std::chrono::hours(1);
    writer.add(stepped);
    writer.commit();
  }
  const RecordedRun run = read_recorded_run(file);
  EXPECT_THAT(run.data().notes, ElementsAre(HasSubstr("did not end while it was recorded"),
                                            "the load generator was killed by signal 9",
                                            HasSubstr("2 samples could not be written"),
                                            HasSubstr("the clock was set by 3600.00 s")));
  EXPECT_FALSE(find_in_run(run.data()).verdict.sentence.empty());
}

TEST_F(RecordedRuns, ARunLastsNoLongerWhenTheClockIsSet) {
  for (const auto step : {std::chrono::hours(1), -std::chrono::hours(3)}) {
    const auto file = directory_ / (std::to_string(step.count()) + ".db");
    {
      RecordingWriter writer(file, test_session());
      const auto by_new_clock = tick_snapshot(9).at.wall + step;
      writer.put({.name = "set", .begin = tick_snapshot(1).at.wall, .end = by_new_clock});
      for (int i = 0; i < 10; ++i) {
        Snapshot snapshot = tick_snapshot(i);
        if (i >= 5) snapshot.at.wall += step;
        writer.add(snapshot);
      }
      writer.add(RunMark{tick_snapshot(3).at.wall, "before"});
      writer.commit();
    }
    const RecordedRun run = read_recorded_run(file);
    EXPECT_EQ(run.run.begin, tick_snapshot(1).at.wall + step);
    ASSERT_THAT(run.samples, SizeIs(10));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(run.samples[i].at, tick_snapshot(i).at.wall + step) << i;
    EXPECT_EQ(run.marks.at(0).at, tick_snapshot(3).at.wall + step);
    EXPECT_THAT(run.data().notes, ElementsAre(HasSubstr("times before it are by the new clock")));
  }
}

TEST_F(RecordedRuns, AWindowOfHistoryIsARunWithoutALabel) {
  const RecordedRun window = read_recorded_window(
      file_, {.from = tick_snapshot(5).at.wall, .to = tick_snapshot(8).at.wall});
  EXPECT_EQ(window.run.begin, tick_snapshot(5).at.wall);
  EXPECT_EQ(window.run.end, tick_snapshot(8).at.wall);
  EXPECT_THAT(window.samples, SizeIs(4));
  EXPECT_THAT(window.marks, ElementsAre(RunMark{tick_snapshot(7).at.wall, "late"}));
  EXPECT_EQ(window.dropped_ticks, 2u);
  EXPECT_FALSE(window.data().alignment.same_clock);
  EXPECT_THROW(read_recorded_window(file_, {.from = tick_snapshot(50).at.wall, .to = {}}),
               RecordingError);
}

TEST_F(RecordedRuns, ALongWindowIsReadIntoFewSamplesThatCoverItAll) {
  const RecordedRun whole = read_recorded_window(file_, {});
  EXPECT_EQ(whole.ticks_per_sample, 1u);
  const RecordedRun few = read_recorded_window(file_, {}, 4);
  EXPECT_EQ(few.ticks_per_sample, 3u);
  ASSERT_THAT(few.samples, SizeIs(4));
  double seconds = 0;
  for (const RunSample& sample : few.samples) seconds += sample.facts.seconds;
  EXPECT_EQ(seconds, 10);
  EXPECT_EQ(few.run.end, whole.run.end);
  EXPECT_EQ(few.marks, whole.marks);
  EXPECT_THAT(few.data().notes, Contains(HasSubstr("each 3 samples were joined to one")));
  EXPECT_THAT(whole.data().notes, Not(Contains(HasSubstr("joined to one"))));
}

TEST_F(RecordedRuns, ActivityIsThatOfTheSamples) {
  RecordingReader reader(file_);
  const auto samples = samples_in(file_);
  const auto activity = reader.activity();
  const auto wanted = activity_of(samples);
  ASSERT_EQ(activity.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(activity[i].at, wanted[i].at);
    EXPECT_DOUBLE_EQ(activity[i].seconds, wanted[i].seconds);
    EXPECT_NEAR(activity[i].cpu_cores, wanted[i].cpu_cores, 1e-9);
    ASSERT_EQ(activity[i].busy_workers.has_value(), wanted[i].busy_workers.has_value());
    EXPECT_NEAR(activity[i].busy_workers.value_or(0), wanted[i].busy_workers.value_or(0), 1e-9);
  }
  EXPECT_EQ(reader.tick_count(), samples.size());
  const RecordedWindow late{.from = tick_snapshot(5).at.wall, .to = tick_snapshot(8).at.wall};
  EXPECT_THAT(reader.activity(late), SizeIs(4));
  EXPECT_EQ(reader.tick_count(late), 4u);
}

}  // namespace
}  // namespace tierwatch
