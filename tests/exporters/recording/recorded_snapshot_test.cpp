// SPDX-License-Identifier: MIT
#include "exporters/recording/recorded_snapshot.h"

#include <gtest/gtest.h>

#include "analysis/judge/judge.h"
#include "exporters/recording/recording_reader.h"
#include "tests/support/quiet_stack.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

class RecordedSnapshot : public ::testing::Test {
 protected:
  void record(const std::vector<Snapshot>& snapshots) {
    RecordingWriter writer(file_, test_session());
    for (const Snapshot& snapshot : snapshots) writer.add(snapshot);
    writer.commit();
  }
  Snapshot read(std::int64_t number, RecordedSurroundings around = {}) {
    const auto tick = RecordingReader(file_).tick(number);
    if (!tick) throw std::runtime_error("no such tick");
    return snapshot_of(*tick, std::move(around));
  }
  std::int64_t first_tick() { return RecordingReader(file_).ticks().at(0).first; }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "run.db";
};

TEST_F(RecordedSnapshot, FactsAndVerdictComeBackForAnySnapshot) {
  std::vector<Snapshot> snapshots{rich_snapshot()};
  for (unsigned seed = 0; seed < 100; ++seed) snapshots.push_back(random_snapshot(seed));
  record(snapshots);
  const std::int64_t first = first_tick();
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const Snapshot snapshot = read(first + static_cast<std::int64_t>(i));
    JudgeInput facts = snapshots[i].facts;
    facts.instances.clear();  // the verdict tells of them
    facts.host.unowned_listeners.clear();
    EXPECT_EQ(snapshot.facts, facts) << i;
    EXPECT_EQ(snapshot.verdict.named(), snapshots[i].verdict.named()) << i;
    EXPECT_EQ(snapshot.verdict.sentence, snapshots[i].verdict.sentence) << i;
  }
  ASSERT_FALSE(snapshots[0].verdict.relief.empty());
  EXPECT_EQ(read(first).verdict.relief, snapshots[0].verdict.relief);
}

/// Of a program that knew neither links nor which clients may be idle.
TEST_F(RecordedSnapshot, AnOlderFileWithoutATableOrAColumnIsRead) {
  Snapshot snapshot = rich_snapshot();
  snapshot.facts.host.links = {{.name = "eth0", .bits_per_second = 1e9}};
  snapshot.facts.tiers[0].owed_by_unix = 3;
  record({snapshot});
  {
    RecordingDatabase database(file_, RecordingDatabase::Access::kWrite);
    database.run("DROP TABLE link");
    database.run("ALTER TABLE tier DROP COLUMN owed_by_unix");
  }
  JudgeInput left = snapshot.facts;
  left.instances.clear();
  left.host.unowned_listeners.clear();
  left.host.links.clear();
  for (TierFacts& tier : left.tiers) tier.owed_by_unix.reset();
  EXPECT_EQ(read(first_tick()).facts, left);
  ASSERT_EQ(samples_in(file_).size(), 1u);
  EXPECT_EQ(samples_in(file_)[0].facts.tiers, left.tiers);
}

TEST_F(RecordedSnapshot, EveryRecordedTierIsThereWithWhatItUsed) {
  const Snapshot before = rich_snapshot();
  record({before});
  const Snapshot after = read(first_tick());
  ASSERT_EQ(after.tiers.size(), before.facts.tiers.size());
  for (std::size_t i = 0; i < after.tiers.size(); ++i) {
    EXPECT_EQ(after.tiers[i].name, before.facts.tiers[i].name);
    EXPECT_EQ(after.tiers[i].rates.has_value(), before.facts.tiers[i].cpu_cores.has_value());
    EXPECT_EQ(after.tiers[i].sums.open_fds, before.tiers[i].sums.open_fds);
  }
}

/// What is recorded with a verdict is written when it changes.
TEST_F(RecordedSnapshot, TheRequestsInFlightAreThoseOfTheMomentThatIsShown) {
  Snapshot loaded = tick_snapshot(0), idle = tick_snapshot(1);
  loaded.facts = idle.facts = quiet_stack();
  for (TierFacts& tier : idle.facts.tiers) {
    tier.owed = tier.busy_workers = 0;
    tier.backends.reset();
  }
  tier_of(loaded.facts, "uwsgi").busy_workers = tier_of(loaded.facts, "uwsgi").owed = 4;
  loaded.verdict = judge(loaded.facts);
  idle.verdict = loaded.verdict;
  record({loaded, idle});
  EXPECT_EQ(read(first_tick()).verdict.request_time, loaded.verdict.request_time);
  EXPECT_FALSE(loaded.verdict.request_time.empty());
  const Verdict later = read(first_tick() + 1).verdict;
  EXPECT_TRUE(later.request_time.empty());
  for (const std::string& line : later.evidence)
    EXPECT_FALSE(line.starts_with("a request in flight")) << line;
}

TEST_F(RecordedSnapshot, WhatWasNotRecordedIsAbsent) {
  record({rich_snapshot()});
  const Snapshot snapshot = read(first_tick());
  EXPECT_TRUE(snapshot.host.cpus.empty()) << "single processors";
  EXPECT_FALSE(snapshot.host.reading.load5);
  EXPECT_FALSE(snapshot.host.reading.runnable);
  for (const ProcessSample& process : snapshot.processes) {
    EXPECT_FALSE(process.reading.uid);
    EXPECT_GT(process.cpu_cores.value_or(0), 0) << "only the hottest are recorded";
  }
}

TEST_F(RecordedSnapshot, ATierIsGoneOnlyAfterItWasSeen) {
  Snapshot vanished = rich_snapshot();
  vanished.facts.tiers[0].processes = 0;
  record({vanished});
  const std::string name = vanished.facts.tiers[0].name;
  EXPECT_FALSE(read(first_tick()).tiers[0].roles.at(0).ever_seen);
  EXPECT_TRUE(read(first_tick(), {.seen_tiers = {name}}).tiers[0].roles.at(0).ever_seen);
}

TEST_F(RecordedSnapshot, ATickThatWasTrimmedIsAbsent) {
  record({tick_snapshot(0)});
  EXPECT_FALSE(RecordingReader(file_).tick(first_tick() + 1));
}

}  // namespace
}  // namespace tierwatch
