// SPDX-License-Identifier: MIT
#include "daemon/top/process_texts.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>

#include "collectors/parse/proc_text_cgroup.h"
#include "collectors/text/printable_text.h"
#include "collectors/text/secrets.h"
#include "collectors/text/text_scan.h"
#include "daemon/service/clock.h"
#include "daemon/service/process_start.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostEnvironment = 64 << 10, kMostOutput = 256 << 10, kLongestValue = 512;
constexpr int kPollMs = 100;

std::string variable_line(std::string_view variable) {
  const std::size_t equals = std::min(variable.find('='), variable.size());
  const std::string_view name = variable.substr(0, equals);
  if (equals == variable.size()) return printable_start(name, kLongestValue) + "\n";
  return printable_start(name, kLongestValue) + "=" +
         printable_start(masked_value(name, variable.substr(equals + 1)), kLongestValue) + "\n";
}

/// A program that runs without a terminal, and the end of a pipe that it writes to.
class PipedProgram {
 public:
  explicit PipedProgram(const std::vector<std::string>& argv) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::runtime_error("cannot make a pipe: " + std::generic_category().message(errno));
    output_ = FileDescriptor(ends[0]);
    const FileDescriptor input(ends[1]);
    start(argv, input.get());
  }
  ~PipedProgram() {
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  PipedProgram(const PipedProgram&) = delete;
  PipedProgram& operator=(const PipedProgram&) = delete;

  int output() const { return output_.get(); }

 private:
  void start(const std::vector<std::string>& argv, int input) {
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    std::vector<std::string> given = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0",
                                      "SYSTEMD_PAGER=", "SYSTEMD_URLIFY=0"};
    if (const char* zone = std::getenv("TZ")) given.push_back(std::string("TZ=") + zone);
    std::vector<char*> environment;
    for (std::string& variable : given) environment.push_back(variable.data());
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, input, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, input, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    const int error =
        posix_spawn(&pid_, words[0], &actions, &attributes, words.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
      throw std::runtime_error(argv[0] +
                               " cannot be run: " + std::generic_category().message(error));
  }

  pid_t pid_ = 0;
  FileDescriptor output_;
};

}  // namespace

std::string environment_text(const ProcFs& files, const ProcessId& process) {
  std::string buffer;
  const FileText text = files.read(process_path(process.pid, "environ"), buffer, kMostEnvironment);
  if (text.fault == Fault::kDenied)
    throw std::runtime_error("The environment of process " + std::to_string(process.pid) +
                             " may be read by its own user, or with CAP_SYS_PTRACE: sudo tierwatch "
                             "top");
  if (!text || !lives_here(files, process))
    throw std::runtime_error("Process " + std::to_string(process.pid) + " has ended.");
  std::vector<std::string> lines;
  std::string_view rest = text.text;
  const bool cut = rest.size() >= kMostEnvironment;
  while (!rest.empty()) {
    const std::string_view variable = take_until(rest, '\0');
    if (!variable.empty()) lines.push_back(variable_line(variable));
  }
  std::ranges::sort(lines);
  std::string all;
  for (const std::string& line : lines) all += line;
  if (lines.empty()) all = "It has none: a thread of the kernel, or it has overwritten it.\n";
  return cut ? all + "… and more, which is not read\n" : all;
}

std::string cgroup_text(const ProcFs& files, const ProcessId& process) {
  std::string buffer;
  const FileText text = files.read(process_path(process.pid, "cgroup"), buffer);
  if (!text || !lives_here(files, process)) return "";
  std::string all;
  for (const CgroupLine& line : parse_cgroup_lines(text.text).value_or(std::vector<CgroupLine>{}))
    if (all.empty() || unit_of_cgroup(line.path)) all = line.path;
  return all;
}

std::optional<JournalUnit> unit_of_cgroup(std::string_view cgroup) {
  std::string_view unit;
  bool of_user = false;
  while (!cgroup.empty()) {
    const std::string_view part = take_until(cgroup, '/');
    if (!part.ends_with(".service") && !part.ends_with(".scope")) continue;
    of_user = unit.starts_with("user@") && unit.ends_with(".service");
    unit = part;
  }
  if (unit.empty()) return std::nullopt;
  return JournalUnit{std::string(unit), of_user};
}

std::vector<std::string> journal_command(const JournalUnit& unit) {
  return {"/usr/bin/journalctl",
          (unit.of_user ? "--user-unit=" : "--unit=") + unit.name,
          "-n",
          "200",
          "--no-pager",
          "--reverse"};
}

std::string output_of(const std::vector<std::string>& argv, nanoseconds patience,
                      const std::function<bool()>& go_on) {
  const PipedProgram program(argv);
  const nanoseconds deadline = monotonic_now() + patience;
  std::string text;
  std::array<char, 16384> bytes{};
  while (text.size() < kMostOutput) {
    pollfd source{.fd = program.output(), .events = POLLIN, .revents = 0};
    const int ready = poll(&source, 1, kPollMs);
    if (!go_on()) return text;
    if (ready == 0 && monotonic_now() > deadline)
      return text + "\n" + argv[0] + " did not end in time\n";
    if (ready <= 0) continue;
    const ssize_t got = read(program.output(), bytes.data(), bytes.size());
    if (got == 0) return text;
    if (got > 0) text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text.substr(0, kMostOutput) + "\n… and more, which is not read\n";
}

}  // namespace tierwatch
