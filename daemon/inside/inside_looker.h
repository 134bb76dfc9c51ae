// SPDX-License-Identifier: MIT
//
// Looks at a tier's Python processes again and again, at a bounded rate and cost. Reading another
// process' memory may wait for it: a thread of its own does that, and is left behind if it must.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analysis/inside/stack_tally.h"
#include "collectors/parse/aside.h"
#include "collectors/python/python_sampler.h"

namespace tierwatch {

/// What could be read of the processes that were named.
struct InsideTargets {
  std::size_t read = 0;
  std::vector<std::string> versions;
  std::vector<PythonRefusal> refusals;
};

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

  InsideLooker(std::filesystem::path root, World world);

  /// The processes to look at from now on. Throws std::runtime_error when one does not answer.
  InsideTargets set_processes(const std::vector<ProcessId>& processes);

  /// Looks `hz` times a second, at moments that keep no beat, until `deadline`. `each_second` is
  /// called that often between two looks. False when interrupted. Throws like set_processes().
  bool look(unsigned hz, nanoseconds deadline, const std::function<void()>& each_second);

  /// Forgets what was seen.
  void forget();

  const StackTally& tally() const;
  const std::vector<PythonFunction>& functions() const;
  std::uint64_t looks() const { return looks_; }
  nanoseconds cost() const { return cost_; }

 private:
  struct State;
  void once();
  void aside(Aside::Work work);

  World world_;
  std::shared_ptr<State> state_;
  Aside aside_;
  std::uint64_t looks_ = 0;
  nanoseconds cost_{};
};

}  // namespace tierwatch
