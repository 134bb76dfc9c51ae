// SPDX-License-Identifier: MIT
#include "daemon/service/send_signal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "collectors/parse/proc_text_stat.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;

/// A child that waits to be signalled.
class SendSignalTest : public ::testing::Test {
 protected:
  SendSignalTest() {
    child_.pid = fork();
    if (child_.pid == 0) {
      while (true) pause();
    }
    std::string buffer;
    const FileText text = files_.read(process_path(child_.pid, "stat"), buffer);
    const auto tick = std::chrono::nanoseconds(std::chrono::seconds(1)) / sysconf(_SC_CLK_TCK);
    child_.started = parse_stat(text.text, tick)->id.started;
  }
  ~SendSignalTest() override {
    if (!ended_) kill(child_.pid, SIGKILL);
    if (!ended_) waitpid(child_.pid, nullptr, 0);
  }
  int end_of_child() {
    int status = 0;
    waitpid(child_.pid, &status, 0);
    ended_ = true;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }

  ProcFs files_;
  ProcessId child_;
  bool ended_ = false;
};

TEST_F(SendSignalTest, TheProcessThatWasMeantGetsIt) {
  EXPECT_EQ(send_signal(files_, child_, SIGUSR1), "");
  EXPECT_EQ(end_of_child(), SIGUSR1);
}

TEST_F(SendSignalTest, AnotherOneOfTheSamePidDoesNot) {
  ProcessId earlier = child_;
  earlier.started -= std::chrono::milliseconds(10);
  EXPECT_THAT(send_signal(files_, earlier, SIGUSR1), HasSubstr("is another process by now"));
  EXPECT_EQ(send_signal(files_, child_, SIGTERM), "");
  EXPECT_EQ(end_of_child(), SIGTERM) << "the first one never came";
}

TEST_F(SendSignalTest, OneThatHasEndedIsSaidToHave) {
  kill(child_.pid, SIGKILL);
  end_of_child();
  EXPECT_THAT(send_signal(files_, child_, SIGTERM), HasSubstr("has ended"));
}

}  // namespace
}  // namespace tierwatch
