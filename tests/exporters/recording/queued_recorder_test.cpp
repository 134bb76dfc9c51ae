// SPDX-License-Identifier: MIT
#include "exporters/recording/queued_recorder.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "exporters/recording/recording_reader.h"
#include "exporters/recording/snapshot_size.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

SnapshotPtr tick(int number) { return std::make_shared<const Snapshot>(tick_snapshot(number)); }

class Recorder : public ::testing::Test {
 protected:
  RecorderOptions options() {
    return {.file = file_,
            .session = test_session(),
            .commit_every = milliseconds(1),
            .retry_after = milliseconds(1)};
  }
  QueuedRecorder::Tell tell() {
    return [this](const std::string& line) { said_.push_back(line); };
  }

  TemporaryFolder directory_;
  std::filesystem::path file_ = directory_ / "history.db";
  std::vector<std::string> said_;  ///< read it after finish()
};

TEST_F(Recorder, WritesAllThatWasQueuedBeforeItEnds) {
  QueuedRecorder recorder(options(), tell());
  for (int i = 0; i < 20; ++i) recorder.add(tick(i));
  recorder.add(RunMark{.at = tick_snapshot(3).at.wall, .text = "three"});
  EXPECT_TRUE(recorder.finish());
  RecordingReader reader(file_);
  EXPECT_THAT(samples_in(file_), SizeIs(20));
  EXPECT_THAT(reader.marks(), SizeIs(1));
  EXPECT_TRUE(reader.sessions()[0].end.has_value());
  EXPECT_EQ(recorder.dropped_ticks(), 0u);
  EXPECT_THAT(said_, ElementsAre());
}

TEST_F(Recorder, WhatHasSettledIsInTheFileWhileRecordingGoesOn) {
  RecorderOptions rarely = options();
  rarely.commit_every = std::chrono::hours(1);
  QueuedRecorder recorder(rarely, tell());
  for (int i = 0; i < 3; ++i) recorder.add(tick(i));
  recorder.add(RunMark{.at = tick_snapshot(1).at.wall, .text = "one"});
  recorder.settle();
  RecordingReader reader(file_);
  EXPECT_THAT(samples_in(file_), SizeIs(3));
  EXPECT_THAT(reader.marks(), SizeIs(1));
  recorder.add(tick(3));
  recorder.settle();
  EXPECT_THAT(samples_in(file_), SizeIs(4));
  EXPECT_TRUE(recorder.finish());
  recorder.settle();  // nothing is left to wait for
}

TEST_F(Recorder, DropsAndCountsWhatTheQueueCannotHold) {
  RecorderOptions small = options();
  small.queued_ticks = 4;
  // Somebody else holds the file: the recorder waits for it, the sampler must not.
  auto writer = std::make_unique<RecordingWriter>(file_, test_session());
  RecordingDatabase other(file_, RecordingDatabase::Access::kWrite);
  other.run("BEGIN IMMEDIATE");
  QueuedRecorder recorder(small, tell(), std::move(writer));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) recorder.add(tick(i));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_GE(recorder.dropped_ticks(), 100u - 2 * 4);
  other.run("COMMIT");
  EXPECT_FALSE(recorder.finish()) << "not all could be written";
  RecordingReader reader(file_);
  EXPECT_EQ(samples_in(file_).size() + recorder.dropped_ticks(), 100u);
}

TEST_F(Recorder, IsBoundedByBytes) {
  RecorderOptions small = options();
  small.queued_bytes = 10 * memory_bytes(*tick(0));
  auto writer = std::make_unique<RecordingWriter>(file_, test_session());
  RecordingDatabase other(file_, RecordingDatabase::Access::kWrite);
  other.run("BEGIN IMMEDIATE");
  QueuedRecorder recorder(small, tell(), std::move(writer));
  for (int i = 0; i < 60; ++i) recorder.add(tick(i));
  EXPECT_EQ(recorder.dropped_ticks(), 50u) << "what is on its way to the disk counts, too";
  other.run("COMMIT");
  recorder.finish();
  EXPECT_THAT(samples_in(file_), SizeIs(10));
}

TEST_F(Recorder, ATickThatIsLargerThanTheQueueMayWaitAlone) {
  RecorderOptions tiny = options();
  tiny.queued_bytes = 1;
  QueuedRecorder recorder(tiny, tell());
  recorder.add(tick(0));
  EXPECT_TRUE(recorder.finish());
}

TEST_F(Recorder, WhateverIsThrownEndsNothing) {
  RecorderOptions options = this->options();
  std::atomic<int> failed = 0;
  options.failed = [&failed] { ++failed; };
  options.file = directory_ / "fifo";
  ASSERT_EQ(mkfifo(options.file.c_str(), 0600), 0);
  QueuedRecorder recorder(options, tell());
  recorder.add(tick(0));
  EXPECT_FALSE(recorder.finish());
  EXPECT_GE(failed, 1);
  EXPECT_EQ(recorder.dropped_ticks(), 1u);
}

TEST_F(Recorder, TheFileOfAnotherUserIsTriedAndToldOnce) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else then";
  ASSERT_EQ(chmod((directory_ / ".").c_str(), 0777), 0);
  std::ofstream(file_) << "";
  ASSERT_EQ(chmod(file_.c_str(), 0666), 0);
  // Another user's, and yet writable: its mode cannot be changed.
  EXPECT_EXIT(
      {
        if (setresuid(65534, 65534, 65534) != 0) _exit(9);
        QueuedRecorder recorder(options(), [](const std::string&) {});
        recorder.add(tick(0));
        _exit(recorder.finish() ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_THAT(samples_in(file_), SizeIs(1));
}

TEST_F(Recorder, ASecondWriterIsRefusedUntilTheFirstEnds) {
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const pid_t first = fork();
  if (first == 0) {
    RecordingWriter writer(file_, test_session());
    writer.add(tick_snapshot(0));
    writer.commit();
    char byte = 'x';
    if (write(go[1], &byte, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(go[0], &byte, 1), 1);
  QueuedRecorder second(options(), tell());
  second.add(tick(1));
  while (second.dropped_ticks() == 0) std::this_thread::yield();
  EXPECT_THAT(RecordingReader(file_).sessions(), SizeIs(1)) << "it has written nothing";
  kill(first, SIGKILL);
  waitpid(first, nullptr, 0);
  for (int i = 2; RecordingReader(file_).sessions().size() < 2; ++i) {
    second.add(tick(i));
    std::this_thread::sleep_for(milliseconds(2));
  }
  second.finish();
  ASSERT_THAT(said_, SizeIs(2));
  EXPECT_THAT(said_[0], HasSubstr("another tierwatch writes to it"));
  EXPECT_THAT(said_[1], HasSubstr(" again"));
  close(go[0]);
  close(go[1]);
}

TEST_F(Recorder, BeginsWhenTheFileCanBeMade) {
  RecorderOptions elsewhere = options();
  elsewhere.file = directory_ / "not-yet" / "history.db";
  QueuedRecorder recorder(elsewhere, tell());
  recorder.add(RunMark{.at = tick_snapshot(0).at.wall, .text = "kept"});
  recorder.add(tick(0));
  while (recorder.dropped_ticks() == 0) std::this_thread::yield();
  std::filesystem::create_directory(directory_ / "not-yet");
  for (int i = 1; !std::filesystem::exists(elsewhere.file); ++i) {
    recorder.add(tick(i));
    std::this_thread::sleep_for(milliseconds(1));
  }
  recorder.add(tick(5000));
  recorder.finish();
  RecordingReader reader(elsewhere.file);
  EXPECT_EQ(reader.dropped_ticks(), recorder.dropped_ticks()) << "the file tells what it lacks";
  EXPECT_THAT(reader.marks(), SizeIs(1)) << "what a person wrote is not lost";
  ASSERT_THAT(said_, SizeIs(2)) << "once when it begins, once when it ends";
  EXPECT_THAT(said_[0], HasSubstr("cannot record: "));
  EXPECT_THAT(said_[1], HasSubstr(" again"));
}

TEST_F(Recorder, OfATransactionThatFailsEveryTickIsCounted) {
  auto writer = std::make_unique<RecordingWriter>(file_, test_session());
  RecordingDatabase(file_, RecordingDatabase::Access::kWrite).run("DROP TABLE edge");
  QueuedRecorder recorder(options(), tell(), std::move(writer));
  for (int i = 0; i < 10; ++i) recorder.add(tick(i));
  EXPECT_FALSE(recorder.finish());
  EXPECT_EQ(recorder.dropped_ticks(), 10u);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("edge")));
}

/// Removes `lost` of a recorder that has written one tick, and lets it write another.
class RecorderThatLoses : public Recorder {
 protected:
  void lose(const std::function<void()>& lost) {
    RecorderOptions options = this->options();
    options.failed = [this] { ++failed_; };
    QueuedRecorder recorder(options, tell());
    recorder.add(tick(0));
    recorder.settle();
    lost();
    recorder.add(tick(1));
    recorder.settle();
    recorder.add(tick(2));
    recorder.finish();
    ASSERT_THAT(said_, SizeIs(2)) << "once when it is noticed, once when it goes on";
    EXPECT_THAT(said_[0], HasSubstr("history.db was removed or replaced"));
    EXPECT_THAT(said_[1], HasSubstr(" again"));
    EXPECT_EQ(failed_, 1);
  }
  std::atomic<int> failed_ = 0;
};

TEST_F(RecorderThatLoses, TheWholeHistoryMakesItAnew) {
  lose([this] {
    for (const char* name : {"history.db", "history.db-wal", "history.db-shm"})
      std::filesystem::remove(directory_ / name);
  });
  EXPECT_THAT(samples_in(file_), SizeIs(2));
}

TEST_F(RecorderThatLoses, ItsNameToAnotherRecordingGoesOnThere) {
  { RecordingWriter(directory_ / "other.db", test_session()).finish({}, true); }
  lose([this] { std::filesystem::rename(directory_ / "other.db", file_); });
  EXPECT_THAT(samples_in(file_), SizeIs(2));
  EXPECT_THAT(RecordingReader(file_).sessions(), SizeIs(2));
}

TEST_F(RecorderThatLoses, TheNameOnlyLeavesAWholeFileBehind) {
  lose([this] { std::filesystem::rename(file_, directory_ / "aside.db"); });
  EXPECT_THAT(samples_in(directory_ / "aside.db"), SizeIs(1));
  EXPECT_THAT(samples_in(file_), SizeIs(2));
}

TEST_F(RecorderThatLoses, OnlyTheWalKeepsWhatWasCommitted) {
  lose([this] { std::filesystem::remove(directory_ / "history.db-wal"); });
  EXPECT_THAT(samples_in(file_), SizeIs(3));
}

TEST_F(Recorder, AMarkIsAnsweredWhenTheDiskHasIt) {
  RecorderOptions rarely = options();
  rarely.commit_every = std::chrono::hours(1);
  QueuedRecorder recorder(rarely, tell());
  recorder.add(tick(0));
  std::promise<std::string> answer;
  recorder.add(RunMark{.at = tick_snapshot(0).at.wall, .text = "seen"},
               [&](const std::string& problem) { answer.set_value(problem); });
  EXPECT_EQ(answer.get_future().get(), "");
  EXPECT_THAT(RecordingReader(file_).marks(), SizeIs(1)) << "before the next commit is due";
}

TEST_F(Recorder, AMarkThatCannotBeWrittenIsAnsweredWithTheReason) {
  RecorderOptions elsewhere = options();
  elsewhere.file = directory_ / "not-yet" / "history.db";
  elsewhere.retry_after = std::chrono::hours(1);
  QueuedRecorder recorder(elsewhere, tell());
  for (int i = 0; i < 2; ++i) {  // with the first try, and while none is made
    std::promise<std::string> answer;
    recorder.add(RunMark{.at = tick_snapshot(i).at.wall, .text = "kept"},
                 [&](const std::string& problem) { answer.set_value(problem); });
    EXPECT_THAT(answer.get_future().get(), HasSubstr("No such file or directory"));
  }
  std::filesystem::create_directory(directory_ / "not-yet");
  recorder.finish();
  EXPECT_THAT(RecordingReader(elsewhere.file).marks(), SizeIs(2)) << "they were kept";
}

TEST_F(Recorder, TicksLostAtTheEndAreToldByTheFileToo) {
  RecorderOptions once = options();
  once.retry_after = std::chrono::hours(1);
  QueuedRecorder recorder(once, tell());
  recorder.add(tick(0));
  recorder.settle();
  RecordingDatabase(file_, RecordingDatabase::Access::kWrite)
      .run("CREATE TRIGGER full BEFORE INSERT ON tick BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  for (int i = 1; i < 4; ++i) recorder.add(tick(i));
  recorder.settle();
  EXPECT_FALSE(recorder.finish());
  EXPECT_EQ(RecordingReader(file_).dropped_ticks(), 3u);
}

TEST_F(Recorder, ARunIsOneFileWhenItIsFinished) {
  RecorderOptions run = options();
  run.one_file = true;
  QueuedRecorder recorder(run, tell());
  recorder.add(tick(0));
  EXPECT_TRUE(recorder.finish());
  EXPECT_FALSE(std::filesystem::exists(directory_ / "history.db-wal"));
  EXPECT_THAT(samples_in(file_), SizeIs(1));
}

}  // namespace
}  // namespace tierwatch
