// SPDX-License-Identifier: MIT
//
// What a herd is: some hundred processes that look like the tiers of a web stack from outside
// (name, title, threads, descriptors, resident memory, masters with workers) and do nothing, or
// wake up and burn a little CPU. Benchmarks watch it instead of real servers because its size and
// its activity can be chosen.
#pragma once

#include <string>
#include <vector>

namespace tierwatch::bench {

struct HerdOptions {
  int processes = 500;         ///< in all; masters included, the herd's own root not
  int threads = 4;             ///< per process, the main thread included
  int fds = 32;                ///< open descriptors per process, standard streams included
  int resident_kib = 1024;     ///< private memory written once
  double busy_share = 0;       ///< of the processes; all threads of a busy process wake up
  double hertz = 10;           ///< wake-ups per second and busy thread
  int burn_microseconds = 20;  ///< CPU time burnt at each wake-up
};

/// One process as it shall look.
struct Costume {
  std::string comm;   ///< at most 15 bytes
  std::string title;  ///< arguments separated by NUL, as in /proc/PID/cmdline
};

/// A master and its workers, all of one tier.
struct Family {
  Costume master;
  std::vector<Costume> workers;
};

/// nginx, uwsgi, postgres and redis-server families of nearly equal size, `processes` members in
/// all. Pure.
std::vector<Family> dress(int processes);

/// Turns the calling process into member number `index`: descriptors, memory, threads. Writes one
/// byte to `ready_fd` and closes it, then idles or wakes up as told. Never returns; exits with 1
/// when something is refused.
[[noreturn]] void live(const HerdOptions& options, int index, int ready_fd);

}  // namespace tierwatch::bench
