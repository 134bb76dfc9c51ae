// SPDX-License-Identifier: MIT
//
// The processes of the machine, matched to tiers, with everything the kernel tells of those that
// belong to one.
//
// What keeps it cheap is one law: *a process none of whose threads ran since we last read it has
// not changed* its CPU time, faults, descriptors, memory, title or state by itself. Whether a
// thread ran is told by its schedstat, which is kept open and re-read for half a microsecond. Only
// processes that ran are read again; all are refreshed every few seconds, for what others can
// change (limits, reclaim of memory, cgroup).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

#include "collectors/proc_fs.h"
#include "collectors/process_table.h"
#include "collectors/reading.h"
#include "collectors/tier_rules.h"

namespace tierwatch {

struct ProcessCollectorOptions {
  nanoseconds refresh_interval = std::chrono::seconds(5);  ///< the longest a reading may be re-used
  nanoseconds young_age =
      std::chrono::seconds(10);  ///< titles of younger processes are read at each tick
  std::size_t kept_descriptors =
      4096;  ///< schedstat files held open; each costs the kernel about 5.5 kB
  bool proportional_memory = false;  ///< read smaps_rollup (needs ptrace rights or CAP_PERFMON)
  nanoseconds proportional_interval = std::chrono::seconds(60);  ///< per process
  std::uint64_t proportional_max_bytes =
      1ull << 30;  ///< larger processes are left out: 21 ms per GB under mmap lock
  nanoseconds proportional_budget = std::chrono::milliseconds(5);  ///< per tick
};

}  // namespace tierwatch
