// SPDX-License-Identifier: MIT
#include "collectors/process/proportional_reader.h"

#include <gmock/gmock.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

class ProportionalReaderTest : public ::testing::Test {
 protected:
  std::vector<ProportionalReader::Answer> answers(pid_t pid) {
    reader_.ask({.pid = pid, .started = seconds(1)});
    EXPECT_TRUE(reader_.wait(seconds(60)));
    return reader_.take(seconds(1));
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  ProportionalReader reader_{files_};
};

TEST_F(ProportionalReaderTest, TellsBytesOrWhyThereAreNone) {
  proc_.write("proc/10/smaps_rollup", "Rss:   40 kB\nPss:   12 kB\n");
  proc_.write("proc/11/smaps_rollup", "nothing\n");
  const auto read = answers(10);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].process.pid, 10);
  EXPECT_EQ(read[0].bytes, 12u * 1024);
  EXPECT_EQ(read[0].fault, std::nullopt);
  EXPECT_EQ(answers(11).at(0).fault, Fault::kMalformed);
  EXPECT_EQ(answers(12).at(0).fault, Fault::kGone);
  EXPECT_TRUE(reader_.take(seconds(2)).empty());
}

TEST_F(ProportionalReaderTest, AnEstimateGoesByMemory) {
  EXPECT_EQ(ProportionalReader::cost_of(1u << 30), std::chrono::milliseconds(21));
  EXPECT_EQ(ProportionalReader::cost_of(0), nanoseconds{});
}

}  // namespace
}  // namespace tierwatch
