// SPDX-License-Identifier: MIT
//
// The threads of a tier while they are on a CPU, whatever they are written in: which functions of
// native code are active. Nothing is stopped, attached to or written.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collectors/memory/mapped_images.h"
#include "collectors/native/native_functions.h"
#include "collectors/native/perf_thread.h"

namespace tierwatch {

/// Not thread-safe.
class NativeSampler {
 public:
  /// More are not looked at: those that used most CPU are.
  static constexpr std::size_t kMostProcesses = 128, kMostThreads = 256;

  /// `hz` samples for each second that a thread is on a CPU. `files` must outlive it.
  NativeSampler(const ProcFs& files, unsigned hz) : files_(files), hz_(hz), code_(files) {}

  /// The processes to look at from now on, and their threads as they are now.
  void set_processes(const std::vector<ProcessId>& processes);

  /// Adds what was seen since the last time; each sample is the same piece of CPU time. The first
  /// call only begins.
  void sample(std::vector<PythonSample>& samples);

  const std::vector<PythonFunction>& functions() const { return functions_.all(); }
  std::size_t read_processes() const;
  std::vector<ProcessRefusal> refusals() const;

  /// CPU time of what was looked at, since it began.
  std::chrono::nanoseconds cpu_time() const;
  bool kernel_seen() const { return kernel_; }  ///< false: not what they do in the kernel
  std::uint64_t lost() const { return lost_; }  ///< samples, for want of room or of sense
  std::size_t threads_left_out() const { return left_out_; }

 private:
  struct Target {
    ProcessId id;
    CodeSpace space;
    std::map<pid_t, PerfThread> threads;
    ProcessRefusal refusal;  ///< without a reason while it is read
    bool read = false;
  };
  struct Candidate {
    Target* target = nullptr;
    pid_t tid = 0;
    std::uint64_t ran = 0;  ///< ns on a CPU, since the last time where that is known
  };

  bool read_code(Target& target);
  std::vector<Candidate> candidates();
  void choose_threads();
  void watch(Target& target, pid_t tid);
  void close(const PerfThread& thread);
  void take(Target& target, PerfThread& thread, std::vector<PythonSample>& samples);
  PythonSample sample_of(const Target& target, const CpuSample& seen);

  const ProcFs& files_;
  unsigned hz_;
  CodeFiles code_;
  NativeFunctions functions_;
  std::map<pid_t, Target> targets_;
  std::map<pid_t, std::uint64_t> ran_;  ///< of threads, when there were too many
  std::vector<std::byte> records_;
  std::string buffer_;
  bool kernel_ = true, begun_ = false;
  std::uint64_t lost_ = 0;
  std::size_t left_out_ = 0;
  std::chrono::nanoseconds ended_{};   ///< CPU time of threads that are not looked at any more
  std::chrono::nanoseconds before_{};  ///< of all, when it began
};

}  // namespace tierwatch
