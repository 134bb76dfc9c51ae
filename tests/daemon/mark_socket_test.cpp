// SPDX-License-Identifier: MIT
#include "daemon/mark_socket.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "daemon/mark_command.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Marks : public ::testing::Test {
 protected:
  Marks() {
    std::string name = "/tmp/tierwatch-marks-XXXXXX";
    home_ = mkdtemp(name.data());
    setenv("RUNTIME_DIRECTORY", home_.c_str(), 1);
  }
  ~Marks() override {
    unsetenv("RUNTIME_DIRECTORY");
    std::filesystem::remove_all(home_);
  }
  std::vector<MarkReceipt> send(std::string_view text) { return send_mark(text, {home_}); }

  std::filesystem::path home_;
};

/// The mark that comes; absent when none does (the sender has given up long before).
std::optional<std::string> answer_one(MarkSocket& socket) {
  pollfd waiting{.fd = socket.descriptor(), .events = POLLIN, .revents = 0};
  poll(&waiting, 1, 60'000);
  return socket.take();
}

TEST_F(Marks, ArriveAndAreAnswered) {
  MarkSocket socket("record", "/tmp/run.db");
  ASSERT_EQ(socket.problem(), "");
  std::optional<std::string> got;
  std::thread recorder([&] { got = answer_one(socket); });
  std::ostringstream out, errors;
  EXPECT_EQ(run_mark({.text = "doubled the workers"}, out, errors), 0);
  recorder.join();
  EXPECT_EQ(got, "doubled the workers");
  EXPECT_THAT(out.str(), HasSubstr("marked in /tmp/run.db\n"));
}

TEST_F(Marks, ControlCharactersDoNotGetIn) {
  MarkSocket socket("record", "x");
  std::optional<std::string> got;
  std::thread recorder([&] { got = answer_one(socket); });
  send("a\x1b[2Jb\nc");
  recorder.join();
  EXPECT_EQ(got, R"(a\x1b[2Jb\x0ac)");
}

TEST_F(Marks, LongOnesAreCut) {
  MarkSocket socket("record", "x");
  std::optional<std::string> got;
  std::thread recorder([&] { got = answer_one(socket); });
  send(std::string(5000, 'a'));
  recorder.join();
  EXPECT_EQ(got, std::string(kMarkBytes, 'a'));
}

TEST_F(Marks, NobodyThereIsNoReceipt) { EXPECT_THAT(send("x"), IsEmpty()); }

TEST_F(Marks, WhatAKilledProgramLeftIsRemoved) {
  const auto left = home_ / "mark-record-1.sock";
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    left.native().copy(address.sun_path, sizeof address.sun_path - 1);
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
    ASSERT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_THAT(send("x"), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(Marks, ASilentListenerIsToldOfAndNotWaitedForLong) {
  MarkSocket socket("record", "x");
  const auto receipts = send("x");
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_EQ(receipts[0].problem, "no answer");
  EXPECT_EQ(socket.take(), "x") << "it is there all the same";
}

TEST_F(Marks, ADirectoryThatAllMayWriteToIsNotTrusted) {
  chmod(home_.c_str(), 0777);
  std::ofstream(home_ / "mark-record-1.sock") << "";
  EXPECT_THAT(send("x"), IsEmpty());
}

TEST_F(Marks, TheSocketGoesWithItsOwner) {
  { MarkSocket socket("record", "x"); }
  EXPECT_TRUE(std::filesystem::is_empty(home_));
}

}  // namespace
}  // namespace tierwatch
