// SPDX-License-Identifier: MIT
#include "daemon/recorder/load_files.h"

#include <gmock/gmock.h>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Moment = std::chrono::system_clock::time_point;

const Moment kBegin{1'790'000'000s};

constexpr const char* kAb =
    "This is ApacheBench, Version 2.3\n\nConcurrency Level:      4\n"
    "Time taken for tests:   10.000 seconds\nComplete requests:      500\n"
    "Failed requests:        0\n"
    "Requests per second:    50.00 [#/sec] (mean)\nTime per request:       80.000 [ms] (mean)\n";

std::filesystem::path ab_file(const LoadFolder& folder, const char* name, Moment written) {
  const auto file = folder.write(name, kAb);
  std::filesystem::last_write_time(file, std::chrono::file_clock::from_sys(written));
  return file;
}

TEST(ReadLoadFile, OneWithoutTimesEndedWhenItWasWritten) {
  const LoadFolder folder;
  const auto file = ab_file(folder, "ab.txt", kBegin + 35s);
  const LoadSeries load = read_load_file({{}, file}, RunTime{kBegin, kBegin + 60s});
  EXPECT_EQ(load.start, kBegin + 25s);
  EXPECT_THAT(load.warnings, ElementsAre(HasSubstr("ended when the file was last written")));
}

TEST(ReadLoadFile, OneWrittenOutsideOfTheRunBeganWithIt) {
  const LoadFolder folder;
  for (const auto late : {-5s, 5s, 3600s, 100000s}) {
    const auto file = ab_file(folder, "ab.txt", kBegin + (late < 6s ? late : 60s + late));
    const LoadSeries load = read_load_file({{}, file}, RunTime{kBegin, kBegin + 60s});
    EXPECT_EQ(load.start, kBegin) << late.count();
    EXPECT_THAT(load.warnings, ElementsAre(HasSubstr("begun with the run")));
  }
}

TEST(ReadLoadFile, OneWithoutTimesThatLastedMuchLongerIsOfAnotherRun) {
  const LoadFolder folder;
  const auto file = ab_file(folder, "ab.txt", kBegin + 4s);
  EXPECT_NO_THROW(read_load_file({{}, file}, RunTime{kBegin, kBegin + 5s}));
  try {
    read_load_file({{}, file}, RunTime{kBegin, kBegin + 3s});
    FAIL() << "10 s of load within 3 s";
  } catch (const ImportError& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("lasted 10 s, while 3 s were recorded"));
  }
}

TEST(ReadLoadFiles, SeveralOfOneRunBecomeItsSteps) {
  const LoadFolder folder;
  const std::vector<std::string> files = {ab_file(folder, "a", kBegin + 20s).string(),
                                          "ab:" + ab_file(folder, "b", kBegin + 31s).string()};
  const LoadSeries load = read_load_files(files, RunTime{kBegin, kBegin + 60s});
  ASSERT_EQ(load.points.size(), 2u);
  EXPECT_EQ(load.points[1].begin, 11s);
  EXPECT_EQ(load.totals.requests, 1000);
}

TEST(ReadLoadFiles, OfSeveralAtTheSameTimeAreTheSum) {
  const LoadFolder folder;
  const std::vector<std::string> files = {ab_file(folder, "a", kBegin + 20s).string(),
                                          ab_file(folder, "b", kBegin + 20s).string()};
  const LoadSeries load = read_load_files(files, RunTime{kBegin, kBegin + 60s});
  EXPECT_EQ(load.totals.users, 8);
  EXPECT_NEAR(load.totals.requests_per_second(), 100, 1e-6);
}

TEST(ReadLoadFiles, RefusesAFileGivenTwiceAndOneThatTellsNoTime) {
  const LoadFolder folder;
  const std::string file = ab_file(folder, "a", kBegin).string();
  const auto refusal = [](const std::vector<std::string>& files) -> std::string {
    try {
      read_load_files(files, {});
    } catch (const ImportError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal({file, "ab:" + file}), HasSubstr("is given twice"));
  EXPECT_THAT(refusal({file}), HasSubstr("--from"));
}

TEST(ProgressBar, GrowsAndIsWipedOut) {
  constexpr std::uint64_t kFile = 1u << 30;
  EXPECT_EQ(progress_bar(0, kFile), "\r[" + std::string(50, '.') + "] 0 %");
  EXPECT_EQ(progress_bar(kFile / 2, kFile),
            "\r[" + std::string(25, '#') + std::string(25, '.') + "] 50 %");
  EXPECT_EQ(progress_bar(kFile, kFile), "\r\x1b[K");
  EXPECT_EQ(progress_bar(kFile + 4096, kFile), "\r\x1b[K") << "the file is still growing";
}

TEST(ProgressBar, OfASmallFileThereIsNone) { EXPECT_THAT(progress_bar(10, 1 << 20), IsEmpty()); }

TEST(LiesWithin, StampsOfTheRunAndNoGuesses) {
  LoadSeries load{.tool = "locust", .start = kBegin + 5s};
  load.totals.seconds = 20;
  EXPECT_TRUE(lies_within(load, {kBegin, kBegin + 25s}));
  EXPECT_TRUE(lies_within(load, {kBegin + 6s, kBegin + 24s})) << "whole seconds";
  EXPECT_FALSE(lies_within(load, {kBegin + 10s, kBegin + 40s}));
  EXPECT_FALSE(lies_within(load, {kBegin - 60s, kBegin + 20s}));
  load.points = {{.begin = 0s, .length = 40s}};
  EXPECT_FALSE(lies_within(load, {kBegin, kBegin + 25s}));
  const LoadFolder folder;
  const auto file = ab_file(folder, "ab.txt", kBegin + 3600s);
  EXPECT_FALSE(lies_within(read_load_file({{}, file}, RunTime{kBegin, kBegin + 60s}),
                           RunTime{kBegin, kBegin + 60s}));
}

}  // namespace
}  // namespace tierwatch
