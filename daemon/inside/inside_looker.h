// SPDX-License-Identifier: MIT
//
// Looks at a tier's processes again and again, at a bounded rate and cost. Reading another
// process' memory may wait for it: a thread of its own does that, and is left behind if it must.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collectors/parse/aside.h"
#include "daemon/inside/inside_subject.h"

namespace tierwatch {

/// Not thread-safe.
class InsideLooker {
 public:
  /// Cores that looking may take: a higher rate is lowered to it.
  static constexpr double kMostCores = 0.1;
  /// A process that holds its memory for longer is told of, and ends the looking.
  static constexpr nanoseconds kPatience = std::chrono::seconds(2);

  /// What it needs of the world.
  struct World {
    std::function<nanoseconds()> now;              ///< CLOCK_MONOTONIC
    std::function<nanoseconds()> cpu;              ///< CPU time of this process
    std::function<bool(nanoseconds)> sleep_until;  ///< false: interrupted
  };

  InsideLooker(std::shared_ptr<InsideSubject> subject, World world, double most_cores = kMostCores);

  /// Has `work`, which must hold all it needs, done by the thread that looks. Throws
  /// std::runtime_error when it does not end in time.
  void apart(std::function<void()> work);

  /// The processes to look at from now on. Throws std::runtime_error when one does not answer.
  InsideTargets set_processes(const std::vector<ProcessId>& processes);

  /// Looks `hz` times a second, at moments that keep no beat, until `deadline`. `each_second` is
  /// called that often between two looks. False when interrupted. Throws like set_processes().
  bool look(unsigned hz, nanoseconds deadline, const std::function<void()>& each_second);

  std::uint64_t looks() const { return looks_; }
  nanoseconds cost() const { return cost_; }

 private:
  void once();

  World world_;
  std::shared_ptr<InsideSubject> subject_;  ///< held by the thread that reads, too
  Aside aside_;
  double most_cores_;
  double mean_cost_ = 0;  ///< of a look, ns
  std::uint64_t looks_ = 0;
  nanoseconds cost_{};
};

}  // namespace tierwatch
