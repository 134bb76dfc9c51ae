// SPDX-License-Identifier: MIT
#include "exporters/recording/recording_lock.h"
#include "exporters/recording/recording_reader.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "exporters/recording/recording_schema.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using WallTime = std::chrono::system_clock::time_point;
WallTime second(double number) {
  return tick_snapshot(0).at.wall + std::chrono::milliseconds(std::llround(number * 1000));
}

class Recording : public ::testing::Test {
 protected:
  void record(const std::vector<Snapshot>& snapshots) {
    RecordingWriter writer(file_, test_session());
    for (const Snapshot& snapshot : snapshots) writer.add(snapshot);
    writer.commit();
  }
  std::int64_t count(const std::string& table) {
    RecordingDatabase database(file_, RecordingDatabase::Access::kRead);
    return database.number("SELECT count(*) FROM " + table);
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "run.db";
};

TEST_F(Recording, FactsComeBackEqual) {
  std::vector<Snapshot> snapshots{rich_snapshot()};
  std::vector<RunSample> expected{sample_of(snapshots[0])};
  for (unsigned seed = 0; seed < 300; ++seed) {
    snapshots.push_back(random_snapshot(seed));
    expected.push_back(sample_of(snapshots.back()));
    expected.back().facts.instances.clear();  // the verdict tells of them
    expected.back().facts.host.unowned_listeners.clear();
  }
  record(snapshots);
  const auto read = samples_in(file_);
  ASSERT_EQ(read.size(), expected.size());
  for (std::size_t i = 0; i < read.size(); ++i) ASSERT_EQ(read[i], expected[i]) << "sample " << i;
}

/// As seen from its directory, where names can begin with anything.
class NamedRecording : public Recording {
 protected:
  void SetUp() override { std::filesystem::current_path(directory_ / "."); }
  void TearDown() override { std::filesystem::current_path(before_); }
  const std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(NamedRecording, IsAFileWhateverSqliteMakesOfItsName) {
  for (const char* name : {":memory:", "file:m.db?mode=memory", "file:m.db", "a?b#c%20.db", "-"}) {
    file_ = name;
    record({tick_snapshot(0)});
    EXPECT_TRUE(std::filesystem::is_regular_file(file_)) << name;
    EXPECT_THAT(samples_in(file_), SizeIs(1)) << name;
  }
  EXPECT_THROW(samples_in(""), RecordingError);
}

std::string why_unreadable(const std::filesystem::path& file) {
  try {
    samples_in(file);
    return "it was read";
  } catch (const RecordingError& error) {
    return error.what();
  }
}

TEST_F(NamedRecording, IsARegularFileAndElseItIsSaidWhatItIs) {
  ASSERT_EQ(mkfifo("fifo", 0600), 0);
  EXPECT_EQ(why_unreadable("fifo"), "fifo: it is not a regular file");
  EXPECT_EQ(why_unreadable("/dev/zero"), "/dev/zero: it is not a regular file");
  EXPECT_EQ(why_unreadable("."), ".: it is a directory");
  EXPECT_EQ(why_unreadable("none.db"), "none.db: No such file or directory");
}

TEST_F(NamedRecording, WhatIsNoRegularFileKeepsItsMode) {
  ASSERT_EQ(mkfifo("fifo", 0600), 0);
  ASSERT_EQ(chmod("fifo", 0666), 0);
  EXPECT_THROW(RecordingLock("fifo"), RecordingError);
  EXPECT_THROW(RecordingWriter("fifo", test_session()), RecordingError);
  EXPECT_EQ(std::filesystem::status("fifo").permissions(), std::filesystem::perms(0666));
}

TEST_F(Recording, MoreTiersInATickThanAnyRecordingHasAreRefused) {
  record({tick_snapshot(0), tick_snapshot(1)});
  const auto add_tiers = [this](int count) {
    RecordingDatabase(file_, RecordingDatabase::Access::kWrite)
        .run("WITH RECURSIVE n(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM n WHERE x < 100 + " +
             std::to_string(count) +
             ") INSERT OR REPLACE INTO tier (tick, position, name, preset, serving, "
             "single_core_processes, workers_on_demand, processes) "
             "SELECT 1, x, 't' || x, 'nginx', 'threaded', 0, 0, 1 FROM n");
  };
  add_tiers(500);
  EXPECT_GT(samples_in(file_)[0].facts.tiers.size(), 500u);
  add_tiers(2000);
  EXPECT_THROW(samples_in(file_), RecordingError);
  EXPECT_THROW(RecordingReader(file_).tick(1), RecordingError);
}

TEST_F(Recording, ViewsOfAnOlderFileAreMadeAnew) {
  record({tick_snapshot(0), tick_snapshot(1)});
  {
    RecordingDatabase database(file_, RecordingDatabase::Access::kWrite);
    database.run("DROP VIEW gap; CREATE VIEW gap AS SELECT tick, wall_seconds FROM tick");
    database.run("DROP VIEW timeline");
  }
  record({tick_snapshot(2)});
  RecordingReader reader(file_);
  EXPECT_THAT(reader.gaps(), SizeIs(1)) << "of the second session";
  EXPECT_GT(count("timeline"), 0);
}

TEST_F(Recording, ReadersDoWithoutTheViewsOfAnOlderFile) {
  record({tick_snapshot(0), tick_snapshot(1)});
  record({tick_snapshot(60)});
  RecordingDatabase(file_, RecordingDatabase::Access::kWrite)
      .run("DROP VIEW gap; CREATE VIEW gap AS SELECT tick, wall_seconds FROM tick");
  EXPECT_THAT(RecordingReader(file_).gaps(), SizeIs(1));
}

TEST_F(Recording, ItsModeKeepsTitlesFromOthersWhateverTheUmask) {
  const mode_t before = umask(0);
  record({tick_snapshot(0)});
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST_F(Recording, NotesThatDifferInANumberAreOne) {
  Snapshot first = tick_snapshot(0), second = tick_snapshot(1);
  first.notes = {"12 processes cannot be read", "another"};
  second.notes = {"9 processes cannot be read", "another"};
  record({first, second});
  EXPECT_THAT(RecordingReader(file_).notes(1),
              ElementsAre("12 processes cannot be read", "another"));
}

/// A closed recording in a directory where its readers may not write: the service's, for its group.
TEST_F(Recording, IsReadWhereTheReaderMayNotWrite) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else then";
  RecordingWriter(file_, test_session()).finish(tick_snapshot(1).at.wall, false);
  std::filesystem::rename(file_, directory_ / "a 100%?#.db");
  file_ = directory_ / "a 100%?#.db";
  ASSERT_EQ(chmod((directory_ / ".").c_str(), 0755), 0);
  ASSERT_EQ(chmod(file_.c_str(), 0644), 0);
  EXPECT_EXIT(
      {
        if (setresuid(65534, 65534, 65534) != 0) _exit(9);
        _exit(RecordingReader(file_).sessions().size() == 1 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Recording, AWindowHoldsItsEndsAndNothingElse) {
  record({tick_snapshot(0), tick_snapshot(1), tick_snapshot(2), tick_snapshot(3)});
  EXPECT_THAT(samples_in(file_, {second(1), second(2)}),
              ElementsAre(sample_of(tick_snapshot(1)), sample_of(tick_snapshot(2))));
  EXPECT_THAT(samples_in(file_, {second(2.5), {}}), ElementsAre(sample_of(tick_snapshot(3))));
  EXPECT_THAT(samples_in(file_, {second(3.5), {}}), IsEmpty());
}

TEST_F(Recording, MarksComeBackInOrderOfTime) {
  const RunMark early{second(1), "cache cleared"}, late{second(2), "doubled the \"workers\""};
  RecordingWriter writer(file_, test_session());
  writer.add(late);
  writer.add(early);
  writer.commit();
  EXPECT_THAT(RecordingReader(file_).marks(), ElementsAre(early, late));
  EXPECT_THAT(RecordingReader(file_).marks({.from = second(1.5), .to = {}}), ElementsAre(late));
}

TEST_F(Recording, LoadSeriesComeBackEqual) {
  LoadSeries wrk{.tool = "wrk", .source = "wrk.txt", .start = {}, .totals = {.requests = 10}};
  LoadSeries locust{.tool = "locust", .source = "a b.csv", .start = second(3), .zone_known = false};
  for (int i = 0; i < 5; ++i) {
    LoadPoint point{.begin = std::chrono::milliseconds(1500 * i), .requests = 10.0 * i};
    if (i % 2) point.users = point.p99_seconds = 0.25 * i;
    locust.points.push_back(point);
  }
  locust.totals = {.requests = 100, .errors = 2, .seconds = 5, .max_seconds = 0.75};
  locust.labels = {{.name = "GET /", .requests = 90, .p95_seconds = 0.5, .points = locust.points},
                   {.name = "POST /cart", .requests = 5, .points = {}}};
  locust.other_labels = LoadLabel{.requests = 5, .errors = 2, .points = {locust.points[1]}};
  locust.other_label_count = 3;
  locust.other_labels_are_more = true;
  locust.warnings = {"the last row is cut", "two rows of one second"};
  RecordingWriter writer(file_, test_session());
  LoadSeries ab{.tool = "ab", .source = "a.tsv", .start = second(9), .errors_known = false};
  for (const LoadSeries* load : {&wrk, &locust, &ab}) writer.add(*load);
  writer.commit();
  EXPECT_THAT(RecordingReader(file_).loads(), ElementsAre(wrk, locust, ab));
}

TEST_F(Recording, ErrorsOfAnOlderProgramAreKnown) {
  {
    RecordingWriter writer(file_, test_session());
    writer.add(LoadSeries{.tool = "wrk"});
    writer.commit();
  }
  RecordingDatabase(file_, RecordingDatabase::Access::kWrite)
      .run("ALTER TABLE load DROP COLUMN errors_known");
  EXPECT_TRUE(RecordingReader(file_).loads().at(0).errors_known);
}

TEST_F(Recording, ARunIsWrittenAtItsBeginAndCompletedAtItsEnd) {
  RecordingWriter writer(file_, test_session());
  RunRow run{.name = "before", .command = "wrk -c 10 'http://x/?a b'", .begin = second(0)};
  run.run = writer.put(run);
  writer.commit();
  EXPECT_EQ(RecordingReader(file_).runs()[0].end, std::nullopt);
  run.end = second(9);
  run.exit_status = 3;
  run.output = "Requests/sec: 10";
  writer.put(run);
  writer.commit();
  const auto runs = RecordingReader(file_).runs();
  ASSERT_THAT(runs, SizeIs(1));
  EXPECT_EQ(runs[0].command, run.command);
  EXPECT_EQ(runs[0].end, run.end);
  EXPECT_EQ(runs[0].exit_status, 3);
  EXPECT_EQ(runs[0].signal, std::nullopt);
  EXPECT_EQ(runs[0].output, run.output);
}

TEST_F(Recording, SettingsAreWrittenWhenTheyChange) {
  Snapshot grown = tick_snapshot(2), gone = tick_snapshot(3);
  ASSERT_FALSE(grown.facts.tiers.empty());
  grown.facts.host.processors += 2;
  gone.facts.tiers.clear();
  record({tick_snapshot(0), tick_snapshot(1)});
  const auto at_first = count("setting");
  record({tick_snapshot(0), tick_snapshot(1), grown});
  EXPECT_EQ(count("setting"), 2 * at_first + 1) << "each session tells all, then what changes";
  record({grown, gone});
  EXPECT_EQ(RecordingReader(file_).settings().back().value, std::nullopt) << "no longer known";
}

TEST_F(Recording, TheHottestFiveOfATierAreKept) {
  Snapshot snapshot = tick_snapshot(0);
  const ProcessSample like = snapshot.processes.at(0);
  snapshot.processes.clear();
  for (int i = 0; i < 8; ++i) {
    snapshot.processes.push_back(like);
    snapshot.processes.back().reading.id.pid = 100 + i;
    snapshot.processes.back().reading.member = Membership{0, 0};
    snapshot.processes.back().cpu_cores = i * 0.1;
  }
  record({snapshot, snapshot});
  RecordingDatabase database(file_, RecordingDatabase::Access::kRead);
  EXPECT_EQ(database.number("SELECT count(*) FROM process WHERE tick = 1"), 5);
  EXPECT_EQ(database.number("SELECT min(pid) FROM process"), 103);
  EXPECT_EQ(database.number("SELECT count(*) FROM title"), 5) << "titles are kept once";
}

TEST_F(Recording, EvidenceIsWrittenWhenTheVerdictBecomesAnother) {
  Snapshot clear = tick_snapshot(2);
  clear.verdict = {.state = VerdictState::kClear, .evidence = {"nothing"}};
  Snapshot full = tick_snapshot(0);
  ASSERT_EQ(full.verdict.state, VerdictState::kSaturated);
  record({full, tick_snapshot(1), clear});
  RecordingDatabase database(file_, RecordingDatabase::Access::kRead);
  EXPECT_GT(database.number("SELECT count(*) FROM evidence WHERE tick = 1"), 0);
  EXPECT_EQ(database.number("SELECT count(*) FROM evidence WHERE tick = 2"), 0);
  EXPECT_EQ(database.number("SELECT count(*) FROM evidence WHERE tick = 3"), 1);
}

TEST_F(Recording, WhatIsMissingIsTold) {
  Snapshot stepped = tick_snapshot(11);
  stepped.at.wall += std::chrono::hours(1);
  record({tick_snapshot(0), tick_snapshot(1), tick_snapshot(10), stepped});
  record({tick_snapshot(20)});
  const auto gaps = RecordingReader(file_).gaps();
  ASSERT_THAT(gaps, SizeIs(3));
  EXPECT_EQ(gaps[0], (RecordedGap{second(10), "not recorded", 8}));
  EXPECT_EQ(gaps[1], (RecordedGap{second(3611), "clock stepped", 3600}));
  EXPECT_EQ(gaps[2].kind, "restarted");
}

TEST_F(Recording, LateTicksThatWereSampledAreNoGap) {
  Snapshot late = tick_snapshot(5);
  late.facts.seconds = 5;
  record({tick_snapshot(0), late, tick_snapshot(6)});
  EXPECT_THAT(RecordingReader(file_).gaps(), IsEmpty());
}

TEST_F(Recording, AFailedTickTakesOnlyItsTransactionWithIt) {
  RecordingWriter writer(file_, test_session());
  writer.add(tick_snapshot(0));
  writer.commit();
  {
    RecordingDatabase other(file_, RecordingDatabase::Access::kWrite);
    other.run("ALTER TABLE peer RENAME TO not_peer");
    writer.add(tick_snapshot(1).facts.tiers.empty() ? tick_snapshot(1) : [] {
      Snapshot none = tick_snapshot(1);
      none.facts.tiers.clear();
      return none;
    }());
    Snapshot with_peer = tick_snapshot(2);
    with_peer.facts.tiers.resize(1);
    with_peer.facts.tiers[0].peers = {{.name = "redis", .watched = true, .connections = 1}};
    EXPECT_THROW(writer.add(with_peer), RecordingError);
    EXPECT_FALSE(writer.pending());
    other.run("ALTER TABLE not_peer RENAME TO peer");
  }
  writer.add(tick_snapshot(3));
  writer.commit();
  EXPECT_THAT(samples_in(file_),
              ElementsAre(sample_of(tick_snapshot(0)), sample_of(tick_snapshot(3))));
  EXPECT_GT(count("setting WHERE tick = 2"), 0) << "what had been rolled back is written again";
}

TEST_F(Recording, AReaderSeesCommittedTicksWhileTheWriterGoesOn) {
  RecordingWriter writer(file_, test_session());
  writer.add(tick_snapshot(0));
  writer.commit();
  writer.add(tick_snapshot(1));
  EXPECT_THAT(samples_in(file_), SizeIs(1));
  writer.commit();
  EXPECT_THAT(samples_in(file_), SizeIs(2));
}

TEST_F(Recording, AFinishedRunIsOneFile) {
  RecordingWriter writer(file_, test_session());
  writer.add(tick_snapshot(0));
  writer.finish(second(1), true);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "run.db-wal"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "run.db-shm"));
  EXPECT_EQ(RecordingReader(file_).sessions()[0].end, second(1));
  EXPECT_THAT(samples_in(file_), SizeIs(1));
}

TEST_F(Recording, IsNotForEverybody) {
  RecordingWriter writer(file_, test_session());
  using std::filesystem::perms;
  for (const char* name : {"run.db", "run.db-wal"})
    EXPECT_EQ(std::filesystem::status(directory_ / name).permissions() & perms::others_all,
              perms::none)
        << name;
}

TEST_F(Recording, AnOlderFileLacksColumnsAndGetsThemWhenWrittenAgain) {
  record({tick_snapshot(0)});
  RecordingDatabase(file_, RecordingDatabase::Access::kWrite)
      .run("ALTER TABLE tier DROP COLUMN own_memory_bytes");
  EXPECT_EQ(samples_in(file_)[0].facts.tiers[0].own_memory_bytes, std::nullopt);
  record({tick_snapshot(1)});
  EXPECT_EQ(samples_in(file_)[1], sample_of(tick_snapshot(1)));
}

std::string error_of(const std::filesystem::path& file) {
  try {
    RecordingReader reader(file);
  } catch (const RecordingError& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(Recording, OtherFilesAreRefusedAndLeftAlone) {
  EXPECT_THAT(error_of(file_), HasSubstr("No such file"));
  std::ofstream(file_) << "a text that is long enough to be looked at as a database, but is none";
  EXPECT_THAT(error_of(file_), HasSubstr("not a tierwatch recording"));
  EXPECT_THROW(RecordingWriter(file_, test_session()), RecordingError);
  EXPECT_EQ(std::filesystem::file_size(file_), 69u);

  const auto other = directory_ / "other.db";
  RecordingDatabase(other, RecordingDatabase::Access::kWrite).run("CREATE TABLE mine (a)");
  EXPECT_THAT(error_of(other), HasSubstr("not a tierwatch recording"));
  EXPECT_THROW(RecordingWriter(other, test_session()), RecordingError);
}

TEST_F(Recording, ANewerVersionIsRefused) {
  record({tick_snapshot(0)});
  RecordingDatabase(file_, RecordingDatabase::Access::kWrite).run("PRAGMA user_version = 2");
  EXPECT_THAT(error_of(file_), HasSubstr("version 2; this program knows version 1"));
}

}  // namespace
}  // namespace tierwatch
