// SPDX-License-Identifier: MIT

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "tests/bench/herd.h"

namespace tierwatch::bench {
namespace {

constexpr long kNanosPerSecond = 1'000'000'000;

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  _exit(1);
}

int count_open_descriptors() {
  int open = 0;
  for (int fd = 0; fd < 256; ++fd) open += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return open;
}

// Half files, half sockets, roughly as in a worker: tools that look at each descriptor's link see
// both. `surplus` descriptors are about to be closed and do not count.
void open_descriptors(int wanted, int surplus) {
  int missing = wanted + surplus - count_open_descriptors();
  for (; missing > wanted / 2; --missing) {
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) fail("herd: open");
  }
  for (; missing >= 2; missing -= 2) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) fail("herd: socketpair");
  }
  if (missing == 1 && open("/dev/null", O_RDONLY) < 0) fail("herd: open");
}

void occupy_memory(int kib) {
  const auto bytes = static_cast<std::size_t>(kib) * 1024;
  if (bytes == 0) return;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("herd: mmap");
  madvise(memory, bytes, MADV_NOHUGEPAGE);  // huge pages would change what smaps costs
  std::memset(memory, 1, bytes);
}

long nanos(const timespec& time) { return time.tv_sec * kNanosPerSecond + time.tv_nsec; }

void burn(int microseconds) {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  const long end = nanos(now) + microseconds * 1000L;
  while (nanos(now) < end) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
}

struct Rhythm {
  bool busy = false;
  long period_nanos = 0;
  long phase_nanos = 0;
  int burn_microseconds = 0;
};

// Wake-ups are spread over the period by the golden ratio: neighbours never wake together.
Rhythm rhythm_of(const HerdOptions& options, int index, int thread) {
  const double share = options.busy_share;
  const double turn = std::fmod((index * options.threads + thread) * 0.6180339887498949, 1.0);
  const double period = kNanosPerSecond / options.hertz;
  return {.busy = std::floor((index + 1) * share) > std::floor(index * share),
          .period_nanos = std::lround(period),
          .phase_nanos = std::lround(period * turn),
          .burn_microseconds = options.burn_microseconds};
}

[[noreturn]] void keep(const Rhythm& rhythm) {
  while (!rhythm.busy) pause();
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  long next = (nanos(at) / rhythm.period_nanos + 1) * rhythm.period_nanos + rhythm.phase_nanos;
  for (;; next += rhythm.period_nanos) {
    at = {.tv_sec = next / kNanosPerSecond, .tv_nsec = next % kNanosPerSecond};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
    burn(rhythm.burn_microseconds);
  }
}

void* thread_main(void* rhythm) { keep(*static_cast<const Rhythm*>(rhythm)); }

void start_thread(const Rhythm& rhythm) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  pthread_t thread;
  errno = pthread_create(&thread, &attributes, thread_main, new Rhythm(rhythm));
  if (errno != 0) fail("herd: pthread_create");
  pthread_attr_destroy(&attributes);
}

}  // namespace

void live(const HerdOptions& options, int index, int ready_fd) {
  open_descriptors(options.fds, 1);
  occupy_memory(options.resident_kib);
  for (int thread = 1; thread < options.threads; ++thread) {
    start_thread(rhythm_of(options, index, thread));
  }
  if (write(ready_fd, "+", 1) != 1) fail("herd: write");
  close(ready_fd);
  keep(rhythm_of(options, index, 0));
}

}  // namespace tierwatch::bench
