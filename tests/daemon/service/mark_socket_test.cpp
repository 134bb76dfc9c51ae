// SPDX-License-Identifier: MIT
#include "daemon/service/mark_socket.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "daemon/commands/mark_command.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Marks : public ::testing::Test {
 protected:
  Marks() { setenv("RUNTIME_DIRECTORY", home_.c_str(), 1); }
  ~Marks() override { unsetenv("RUNTIME_DIRECTORY"); }
  std::vector<MarkReceipt> send(std::string_view text) { return send_mark(text, {home_}); }

  const TemporaryFolder folder_;
  const std::filesystem::path home_ = folder_.path();
};

/// The mark that comes; absent when none does (the sender has given up long before).
std::optional<std::string> answer_one(MarkSocket& socket, const std::string& problem = "") {
  pollfd waiting{.fd = socket.descriptor(), .events = POLLIN, .revents = 0};
  poll(&waiting, 1, 60'000);
  const auto mark = socket.take();
  if (!mark) return std::nullopt;
  mark->answer(problem);
  return mark->text;
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

TEST_F(Marks, WhatCouldNotBeWrittenIsNotMarked) {
  MarkSocket socket("record", "x");
  std::thread recorder([&] { answer_one(socket, "the disk is full"); });
  std::ostringstream out, errors;
  EXPECT_EQ(run_mark({.text = "lost"}, out, errors), 1);
  recorder.join();
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(errors.str(), HasSubstr(": not written: the disk is full\n"));
}

TEST_F(Marks, AreAnsweredAlsoAfterTheirSocketIsGone) {
  std::thread recorder([&] {
    std::optional<ReceivedMark> mark;
    {
      MarkSocket socket("record", "x");
      while (!mark) mark = socket.take();
    }
    mark->answer("");
  });
  std::vector<MarkReceipt> receipts;
  while (receipts.empty()) receipts = send("x");
  recorder.join();
  EXPECT_EQ(receipts[0].written_to, "x") << receipts[0].problem;
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
  const auto receipts = send_mark("x", {home_}, std::chrono::seconds(1));
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_THAT(receipts[0].problem, HasSubstr("no answer"));
  EXPECT_EQ(socket.take()->text, "x") << "it is there all the same";
}

TEST_F(Marks, OneThatIsSlowToAnswerHoldsUpNobody) {
  MarkSocket slow("daemon", "history.db"), quick("record", "run.db");
  std::thread recorders([&] {
    answer_one(quick);
    answer_one(slow);
  });
  const auto receipts = send("x");
  recorders.join();
  ASSERT_THAT(receipts, SizeIs(2));
  for (const MarkReceipt& receipt : receipts) EXPECT_EQ(receipt.problem, "") << receipt.socket;
}

TEST_F(Marks, ADirectoryThatAllMayWriteToIsNotTrusted) {
  chmod(home_.c_str(), 0777);
  std::ofstream(home_ / "mark-record-1.sock") << "";
  EXPECT_THAT(send("x"), IsEmpty());
}

/// As systemd makes it: below a directory that is root's alone, given to the service's user.
class MarksOfAService : public Marks {
 protected:
  static constexpr uid_t kService = 61234, kMember = 61235;

  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to be other users then";
    chmod(home_.c_str(), 0755);
    std::filesystem::create_directory(directory_);
    ASSERT_EQ(chown(directory_.c_str(), kService, kService), 0);
  }
  /// Exit status of `action` as another user.
  template <typename Action>
  static int as(uid_t user, const std::vector<gid_t>& groups, Action action) {
    const pid_t child = fork();
    if (child == 0) {
      const bool other = setgroups(groups.size(), groups.data()) == 0 &&
                         setresgid(user, user, user) == 0 && setresuid(user, user, user) == 0;
      _exit(other ? action() : 99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }
  /// Whether the child of serve() heard the mark.
  static bool heard(pid_t service) {
    int status = -1;
    waitpid(service, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  /// Serves one mark, "x", as the service's user.
  pid_t serve() {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
      setenv("RUNTIME_DIRECTORY", directory_.c_str(), 1);
      if (setgroups(0, nullptr) != 0 || setresgid(kService, kService, kService) != 0 ||
          setresuid(kService, kService, kService) != 0)
        _exit(99);
      MarkSocket socket("daemon", "/var/lib/history.db");
      if (write(ready[1], "x", 1) != 1) _exit(98);
      _exit(answer_one(socket) == "x" ? 0 : 1);
    }
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
  }
  std::vector<MarkReceipt> send() { return send_mark("x", {directory_}); }

  std::filesystem::path directory_ = home_ / "tierwatch";
};

TEST_F(MarksOfAService, RootIsHeard) {
  const pid_t service = serve();
  const auto receipts = send();
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_EQ(receipts[0].written_to, "/var/lib/history.db") << receipts[0].problem;
  EXPECT_TRUE(heard(service));
}

TEST_F(MarksOfAService, AMemberOfItsGroupIsHeard) {
  const pid_t service = serve();
  EXPECT_EQ(as(kMember, {kService}, [&] { return send().at(0).written_to ? 0 : 1; }), 0);
  EXPECT_TRUE(heard(service));
}

TEST_F(MarksOfAService, OthersAreToldWhoMay) {
  const pid_t service = serve();
  EXPECT_EQ(as(kMember, {},
               [&] {
                 return send().at(0).problem ==
                                "permission denied; it is for root and the group 61234"
                            ? 0
                            : 1;
               }),
            0);
  send();
  EXPECT_TRUE(heard(service));
}

TEST_F(MarksOfAService, ADirectoryThatSomebodyMadeHimselfIsNotTrusted) {
  ASSERT_EQ(chmod(home_.c_str(), 01777), 0);  // as /tmp
  const pid_t service = serve();
  EXPECT_THAT(send(), IsEmpty());
  kill(service, SIGKILL);
  EXPECT_FALSE(heard(service));
}

TEST_F(MarksOfAService, TheAnswerOfAStrangerDoesNotCount) {
  ASSERT_EQ(chmod(directory_.c_str(), 0775), 0);
  const auto path = directory_ / "mark-daemon-1.sock";
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t stranger = fork();
  if (stranger == 0) {
    const gid_t group = kService;
    if (setgroups(1, &group) != 0 || setresuid(kMember, kMember, kMember) != 0) _exit(99);
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{}, sender{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    socklen_t length = sizeof sender;
    char text[100];
    if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        write(ready[1], "x", 1) != 1 ||
        recvfrom(socket.get(), text, sizeof text, 0, reinterpret_cast<sockaddr*>(&sender),
                 &length) < 0)
      _exit(98);
    sendto(socket.get(), "mine", 4, 0, reinterpret_cast<sockaddr*>(&sender), length);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const auto receipts = send();
  waitpid(stranger, nullptr, 0);
  ASSERT_THAT(receipts, SizeIs(1));
  EXPECT_EQ(receipts[0].problem, "the answer came from another user");
}

TEST_F(Marks, AnAnswerDoesNotDriveTheTerminal) {
  MarkSocket socket("record", "/tmp/\x1b[2Jrun.db");
  std::thread recorder([&] { answer_one(socket); });
  const auto receipts = send("x");
  recorder.join();
  EXPECT_EQ(receipts.at(0).written_to, "/tmp/\\x1b[2Jrun.db");
}

TEST_F(Marks, TheSocketGoesWithItsOwner) {
  { MarkSocket socket("record", "x"); }
  EXPECT_TRUE(std::filesystem::is_empty(home_));
}

}  // namespace
}  // namespace tierwatch
