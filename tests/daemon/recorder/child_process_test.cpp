// SPDX-License-Identifier: MIT
#include "daemon/recorder/child_process.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

/// Everything in a process of its own: signals are blocked, orphans are adopted. Returns its wait
/// status.
template <typename Body>
int in_a_process(Body body) {
  const pid_t pid = fork();
  if (pid == 0) {
    RunSignals signals;
    _exit(body(signals));
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

ChildEnd run_to_end(ChildProcess& child, RunSignals& signals) {
  while (!child.ended()) signals.wait_until(monotonic_now() + std::chrono::seconds(10), -1);
  return child.reap();
}

int exit_status_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }

TEST(ChildProcess, ExitStatusesArePassedOn) {
  for (const char* code : {"0", "3", "255"}) {
    const int status = in_a_process([code](RunSignals& signals) {
      ChildProcess child({"sh", "-c", std::string("exit ") + code}, -1, signals);
      return end_like(run_to_end(child, signals));
    });
    EXPECT_EQ(exit_status_of(status), std::stoi(code));
  }
}

TEST(ChildProcess, DeathByASignalIsPassedOn) {
  for (const int signal : {SIGTERM, SIGALRM, SIGKILL, SIGSEGV}) {
    const int status = in_a_process([signal](RunSignals& signals) {
      ChildProcess child({"sleep", "60"}, -1, signals);
      child.send(signal);
      return end_like(run_to_end(child, signals));
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << signal;
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_FALSE(WCOREDUMP(status));
  }
}

TEST(ChildProcess, WhatCannotBeStartedIsToldAsAShellTellsIt) {
  const auto status_of = [](const char* program) {
    return exit_status_of(in_a_process([program](RunSignals& signals) {
      try {
        ChildProcess child({program}, -1, signals);
      } catch (const ChildError& error) {
        return error.exit_status;
      }
      return 0;
    }));
  };
  EXPECT_EQ(status_of("no-such-program-anywhere"), 127);
  EXPECT_EQ(status_of("/etc/passwd"), 126);
}

TEST(ChildProcess, SignalsAreAsTheyWereBeforeUs) {
  const int status = in_a_process([](RunSignals& signals) {
    ChildProcess child({"sh", "-c", "grep -Eq '^SigBlk:.0+$' /proc/self/status"}, -1, signals);
    return end_like(run_to_end(child, signals));
  });
  EXPECT_EQ(exit_status_of(status), 0);
}

TEST(ChildProcess, CpuTimeOfOrphansIsCounted) {
  const int status = in_a_process([](RunSignals& signals) {
    // A grandchild that outlives its parent, works, and ends before the program does.
    ChildProcess child(
        {"sh", "-c", "(sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done' & ) ; sleep 1"}, -1,
        signals);
    const ChildEnd end = run_to_end(child, signals);
    return end.user_cpu + end.system_cpu > std::chrono::milliseconds(10) ? 0 : 1;
  });
  EXPECT_EQ(exit_status_of(status), 0);
}

TEST(ChildProcess, ItsOutputGoesWhereItIsSent) {
  const int status = in_a_process([](RunSignals& signals) {
    int ends[2];
    if (pipe(ends) != 0) return 1;
    ChildProcess child({"printf", "%s", "hello"}, ends[1], signals);
    run_to_end(child, signals);
    char text[6] = {};
    return read(ends[0], text, 5) == 5 && std::string(text) == "hello" ? 0 : 2;
  });
  EXPECT_EQ(exit_status_of(status), 0);
}

TEST(ShellQuoted, WordsComeBackFromAShellAsTheyWere) {
  EXPECT_EQ(shell_quoted({"wrk", "-c10", "http://127.0.0.1:8080/a"}),
            "wrk -c10 http://127.0.0.1:8080/a");
  EXPECT_EQ(shell_quoted({"a b", "", "it's", "$x"}), "'a b' '' 'it'\\''s' '$x'");
}

}  // namespace
}  // namespace tierwatch
