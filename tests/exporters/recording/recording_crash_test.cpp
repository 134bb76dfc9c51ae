// SPDX-License-Identifier: MIT
//
// What is left of a recording after a kill, a power cut, a full disk.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "exporters/recording/recording_reader.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::SizeIs;

/// The first `samples.size()` ticks, complete and in order.
void expect_prefix(const std::vector<RunSample>& samples) {
  for (std::size_t i = 0; i < samples.size(); ++i)
    ASSERT_EQ(samples[i], sample_of(tick_snapshot(static_cast<int>(i)))) << "tick " << i;
}

TEST(RecordingAfterKill, KeepsAllThatWasCommitted) {
  const TemporaryFolder directory;
  const auto file = directory / "killed.db";
  int committed[2];
  ASSERT_EQ(pipe(committed), 0);
  const pid_t writer = fork();
  if (writer == 0) {
    RecordingWriter recording(file, test_session());
    for (int i = 0;; ++i) {
      recording.add(tick_snapshot(i));
      if (i % 7 != 6) continue;
      recording.commit();
      const char one = 1;
      if (write(committed[1], &one, 1) != 1) _exit(1);
    }
  }
  char buffer[20];
  for (std::size_t got = 0; got < sizeof buffer;) {
    const ssize_t bytes = read(committed[0], buffer, sizeof buffer - got);
    ASSERT_GT(bytes, 0);
    got += static_cast<std::size_t>(bytes);
  }
  kill(writer, SIGKILL);
  waitpid(writer, nullptr, 0);
  const auto samples = samples_in(file);
  EXPECT_GE(samples.size(), 7 * sizeof buffer);
  EXPECT_EQ(samples.size() % 7, 0u) << "no transaction is half there";
  expect_prefix(samples);
  RecordingWriter again(file, test_session());
  again.add(tick_snapshot(1000));
  again.commit();
  EXPECT_THAT(samples_in(file), SizeIs(samples.size() + 1));
  close(committed[0]);
  close(committed[1]);
}

/// A power cut leaves of the -wal what had reached the disk.
TEST(RecordingAfterPowerCut, AnyEndOfTheLogMayBeMissing) {
  const TemporaryFolder directory;
  const auto file = directory / "live.db", copy = directory / "cut.db";
  RecordingWriter writer(file, test_session());
  constexpr std::size_t kCommits = 12;
  std::vector<std::uintmax_t> log_sizes;
  for (std::size_t i = 0; i < kCommits; ++i) {
    writer.add(tick_snapshot(static_cast<int>(i)));
    writer.commit();
    log_sizes.push_back(std::filesystem::file_size(directory / "live.db-wal"));
  }
  const auto log = directory / "cut.db-wal";
  for (std::uintmax_t size = log_sizes.front(); size <= log_sizes.back(); size += 9777) {
    std::filesystem::remove(directory / "cut.db-shm");
    std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(directory / "live.db-wal", log,
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(log, size);
    const auto samples = samples_in(copy);
    const auto whole = std::ranges::count_if(log_sizes, [size](auto end) { return end <= size; });
    ASSERT_EQ(samples.size(), static_cast<std::size_t>(whole)) << "log cut at " << size;
    expect_prefix(samples);
  }
}

TEST(RecordingOnAFullDisk, FailsTickByTickAndGoesOnWhenThereIsRoom) {
  const TemporaryFolder directory;
  const auto file = directory / "full.db";
  RecordingWriter writer(file, test_session());
  // A file system with no room left looks so to SQLite: SIGXFSZ ignored, writes fail.
  signal(SIGXFSZ, SIG_IGN);
  const auto limit_files = [](rlim_t bytes) {
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = std::min(bytes, limit.rlim_max);
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  int tick = 0, failed = 0;
  limit_files(1 << 20);
  while (failed < 5) {
    try {
      writer.add(tick_snapshot(tick));
      writer.commit();
      if (failed == 0) ++tick;
    } catch (const RecordingError&) {
      ++failed;
      EXPECT_FALSE(writer.pending());
    }
  }
  limit_files(RLIM_INFINITY);
  EXPECT_GT(tick, 10);
  writer.add(tick_snapshot(tick), 5);
  writer.commit();
  const auto samples = samples_in(file);
  EXPECT_GE(samples.size(), static_cast<std::size_t>(tick) + 1);
  EXPECT_EQ(samples.back(), sample_of(tick_snapshot(tick)));
  EXPECT_EQ(RecordingReader(file).dropped_ticks(), 5u);
}

}  // namespace
}  // namespace tierwatch
