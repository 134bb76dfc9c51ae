// SPDX-License-Identifier: MIT
#include "daemon/recorder/child_process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace tierwatch {
namespace {

/// posix_spawn's options, which must be destroyed.
class SpawnOptions {
 public:
  SpawnOptions(int output, const RunSignals& signals) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    if (output >= 0) posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    int flags = POSIX_SPAWN_SETSIGMASK;
    posix_spawnattr_setsigmask(&attributes_, &signals.mask_before());
    if (!signals.ignored_pipe_before()) {
      sigset_t pipe;
      sigemptyset(&pipe);
      sigaddset(&pipe, SIGPIPE);
      posix_spawnattr_setsigdefault(&attributes_, &pipe);
      flags |= POSIX_SPAWN_SETSIGDEF;
    }
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

nanoseconds time_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv, int output,
                           const RunSignals& signals) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  // Orphans of the program come to us instead of to init (prctl(2)).
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const SpawnOptions options(output, signals);
  const int error =
      posix_spawnp(&pid_, words[0], options.actions(), options.attributes(), words.data(), environ);
  if (error == 0) return;
  throw ChildError(argv[0] + ": " + std::strerror(error), error == ENOENT ? 127 : 126);
}

void ChildProcess::send(int signal) const {
  if (!reaped_) kill(pid_, signal);  // not reaped yet, so the pid is still its own
}

bool ChildProcess::ended() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

/// Reaps one process; false when it has not ended.
bool ChildProcess::take(pid_t pid, int options) {
  int status = 0;
  rusage used{};
  if (wait4(pid, &status, options, &used) != pid) return false;
  end_.user_cpu += time_of(used.ru_utime);
  end_.system_cpu += time_of(used.ru_stime);
  if (pid != pid_) return true;
  reaped_ = true;
  if (WIFEXITED(status)) end_.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
  return true;
}

void ChildProcess::reap_orphans() {
  while (true) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
    if (info.si_pid == 0 || info.si_pid == pid_) return;
    take(info.si_pid, WNOHANG);
  }
}

ChildEnd ChildProcess::reap() {
  take(pid_, 0);
  reap_orphans();
  return end_;
}

int end_like(const ChildEnd& end) {
  if (!end.signal) return end.exit_status.value_or(1);
  const rlimit none{};
  setrlimit(RLIMIT_CORE, &none);
  signal(*end.signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, *end.signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  raise(*end.signal);
  return 128 + *end.signal;
}

std::string shell_quoted(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char letter : word) letter == '\'' ? line += "'\\''" : line += letter;
    line += '\'';
  }
  return line;
}

}  // namespace tierwatch
