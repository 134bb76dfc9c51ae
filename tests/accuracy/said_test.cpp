// SPDX-License-Identifier: MIT
//
// What the judge says of every recorded run, second by second, against tests/judge/*.said: each
// change of the judge shows there as a difference, which is judged by eye. Which of it is right
// stands in docs/accuracy.md.
#include <gmock/gmock.h>

#include "tests/exporters/golden.h"
#include "tests/support/gzip.h"
#include "tests/support/judge_run.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

TEST(Accuracy, ThereAreRecordedRuns) { EXPECT_FALSE(judge_runs().empty()); }

class Said : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(Said, IsAsBefore) {
  const std::string now = said_text(read_judge_run(GetParam()));
  EXPECT_EQ(golden("tests/judge/" + said_file(GetParam()).filename().string(), now), now)
      << "if that is as it should be, run this test with TIERWATCH_UPDATE_GOLDENS=1";
}

std::string test_name(const testing::TestParamInfo<std::filesystem::path>& run) {
  std::string name = run.param.stem().stem().string();
  for (char& letter : name)
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Runs, Said, testing::ValuesIn(judge_runs()), test_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Said);

TEST(JudgeRun, WhatARunDoesNotKnowIsAbsent) {
  const TemporaryFolder folder;
  std::ofstream(folder / "old.run.gz", std::ios::binary) << gzipped(
      "{\"format\": 1, \"name\": \"old\"}\n"
      "{\"seconds\":0.5,\"tiers\":[{\"name\":\"a\",\"workers\":4,\"of_later\":1}]}\n");
  const JudgeRun run = read_judge_run(folder / "old.run.gz");
  ASSERT_EQ(run.ticks.size(), 1u);
  EXPECT_EQ(run.ticks[0].seconds, 0.5);
  EXPECT_EQ(run.ticks[0].tiers.at(0).workers, 4);
  EXPECT_FALSE(run.ticks[0].tiers[0].busy_workers);
}

TEST(JudgeRun, AnotherFormatIsRefused) {
  const TemporaryFolder folder;
  std::ofstream(folder / "new.run.gz", std::ios::binary) << gzipped("{\"format\": 2}\n");
  EXPECT_THROW(read_judge_run(folder / "new.run.gz"), std::runtime_error);
}

}  // namespace
}  // namespace tierwatch
