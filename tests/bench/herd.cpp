// SPDX-License-Identifier: MIT
//
// tierwatch_herd: raises a herd, says "ready N" on standard output once every member lives, and
// waits to be told to end. Root → one master per tier → workers. Each dies with its parent
// (PR_SET_PDEATHSIG); the root adopts orphans (PR_SET_CHILD_SUBREAPER) and reaps everyone, so that
// SIGTERM leaves no zombie behind, and it ends itself when its own parent does.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>

#include "tests/bench/herd.h"

namespace tierwatch::bench {
namespace {

// The memory in which the kernel looks for a title: from argv[0] to the end of the last argument.
// The root runs itself again with one long last argument, so that there is room.
constexpr std::string_view kRoomFlag = "--title-room=";
constexpr std::size_t kRoom = 256;

struct TitleRoom {
  char* start = nullptr;
  std::size_t size = 0;
};

TitleRoom title_room(int argc, char** argv) {
  char* end = argv[argc - 1] + std::strlen(argv[argc - 1]) + 1;
  return {argv[0], static_cast<std::size_t>(end - argv[0])};
}

void put_on(const Costume& costume, const TitleRoom& room) {
  prctl(PR_SET_NAME, costume.comm.c_str());
  std::memset(room.start, 0, room.size);
  std::memcpy(room.start, costume.title.data(), std::min(costume.title.size(), room.size - 1));
}

void die_with_parent(pid_t parent, int signal) {
  prctl(PR_SET_PDEATHSIG, signal);
  if (getppid() != parent) _exit(1);  // it died before the line above took effect
}

struct Nursery {
  const HerdOptions& options;
  TitleRoom room;
  int ready_fd;
};

[[noreturn]] void be_worker(const Nursery& nursery, const Costume& costume, int index,
                            pid_t parent) {
  die_with_parent(parent, SIGKILL);
  put_on(costume, nursery.room);
  live(nursery.options, index, nursery.ready_fd);
}

[[noreturn]] void be_master(const Nursery& nursery, const Family& family, int first_index,
                            pid_t parent) {
  die_with_parent(parent, SIGKILL);
  const pid_t self = getpid();
  int index = first_index;
  for (const Costume& worker : family.workers) {
    ++index;
    const pid_t child = fork();
    if (child == 0) be_worker(nursery, worker, index, self);
    if (child < 0) {
      std::perror("herd: fork");
      _exit(1);
    }
  }
  put_on(family.master, nursery.room);
  live(nursery.options, first_index, nursery.ready_fd);
}

// One byte comes from each member; the pipe ends early when a member failed.
int count_ready(int fd, int wanted) {
  char bytes[256];
  int ready = 0;
  while (ready < wanted) {
    const ssize_t got = read(fd, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    ready += static_cast<int>(got);
  }
  return ready;
}

// Workers follow their masters by PR_SET_PDEATHSIG and are handed to us as their reaper.
void end_all(const std::vector<pid_t>& masters) {
  for (const pid_t master : masters) kill(master, SIGKILL);
  while (wait(nullptr) > 0 || errno == EINTR) {
  }
}

int raise_herd(const HerdOptions& options, const TitleRoom& room) {
  prctl(PR_SET_NAME, "tierwatch_herd");  // run again by /proc/self/exe, it is called "exe"
  sigset_t ending;
  sigemptyset(&ending);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ending, signal);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  int ready[2];
  if (pipe2(ready, 0) < 0) return std::perror("herd: pipe"), 1;
  const pid_t self = getpid();
  std::vector<pid_t> masters;
  int index = 0;
  for (const Family& family : dress(options.processes)) {
    const pid_t child = fork();
    if (child == 0) {
      close(ready[0]);
      be_master({options, room, ready[1]}, family, index, self);
    }
    if (child > 0) masters.push_back(child);
    index += 1 + static_cast<int>(family.workers.size());
  }
  sigprocmask(SIG_BLOCK, &ending, nullptr);
  close(ready[1]);
  const int alive = count_ready(ready[0], options.processes);
  if (alive == options.processes) {
    std::printf("ready %d\n", alive);
    std::fflush(stdout);
    int signal = 0;
    sigwait(&ending, &signal);
  } else {
    std::fprintf(stderr, "herd: only %d of %d processes came to life\n", alive, options.processes);
  }
  end_all(masters);
  return alive == options.processes ? 0 : 1;
}

int run_again_with_room(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string room = std::string(kRoomFlag) + std::string(kRoom, '.');
  arguments.push_back(room.data());
  arguments.push_back(nullptr);
  execv("/proc/self/exe", arguments.data());
  std::perror("herd: exec");
  return 1;
}

int herd_main(int argc, char** argv) {
  HerdOptions options;
  CLI::App app("Raises processes that look like nginx, uWSGI, PostgreSQL and Redis");
  app.option_defaults()->always_capture_default();
  app.add_option("--processes", options.processes, "in all")->check(CLI::Range(1, 30000));
  app.add_option("--threads", options.threads, "per process")->check(CLI::Range(1, 64));
  app.add_option("--fds", options.fds, "open descriptors per process")->check(CLI::Range(4, 200));
  app.add_option("--resident-kib", options.resident_kib, "private memory per process")
      ->check(CLI::Range(0, 1 << 20));
  app.add_option("--busy-share", options.busy_share, "share of processes that wake up")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--hertz", options.hertz, "wake-ups per second of their threads")
      ->check(CLI::Range(1.0, 100.0));
  app.add_option("--burn-us", options.burn_microseconds, "CPU time per wake-up, µs")
      ->check(CLI::Range(0, 1000000));
  std::string room;
  app.add_option("--title-room", room, "set by the herd itself")->group("");
  CLI11_PARSE(app, argc, argv);
  if (room.empty()) return run_again_with_room(argc, argv);
  const pid_t parent = getppid();
  die_with_parent(parent, SIGTERM);
  return raise_herd(options, title_room(argc, argv));
}

}  // namespace
}  // namespace tierwatch::bench

int main(int argc, char** argv) { return tierwatch::bench::herd_main(argc, argv); }
