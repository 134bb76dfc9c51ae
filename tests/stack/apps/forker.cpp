// SPDX-License-Identifier: MIT
//
// A server that starts a process per request, as some do: forks COUNT children at RATE per second,
// each of which uses some CPU time and ends. At its end it prints the CPU seconds of itself and of
// all its children, as the kernel accounts them (getrusage), and waits to be killed, so that its
// last state can be looked at.
//
// usage: forker COUNT RATE MILLISECONDS
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

namespace {

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void burn(double seconds) {
  timespec now{};
  do {
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  } while (static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 < seconds);
}

void reap(int options) {
  while (waitpid(-1, nullptr, options) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "usage: forker COUNT RATE MILLISECONDS\n"), 2;
  const int count = std::atoi(argv[1]);
  const auto period = std::chrono::nanoseconds(1'000'000'000 / std::atoi(argv[2]));
  const double seconds = std::atof(argv[3]) / 1000;

  auto next = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child < 0) return std::perror("fork"), 1;
    if (child == 0) {
      burn(seconds);
      _exit(0);
    }
    reap(WNOHANG);
    next += period;
    std::this_thread::sleep_until(next);
  }
  reap(0);
  std::printf("self %.6f children %.6f\n", cpu_seconds(RUSAGE_SELF), cpu_seconds(RUSAGE_CHILDREN));
  std::fflush(stdout);
  pause();
}
