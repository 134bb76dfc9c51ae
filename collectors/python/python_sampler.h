// SPDX-License-Identifier: MIT
//
// All threads of the Python processes of a tier, one look after the other: stacks, and what each
// thread is doing. Nothing is stopped; what cannot be read is counted and told.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collectors/memory/mapped_images.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/python/peer_book.h"
#include "collectors/python/python_process.h"
#include "collectors/python/thread_activity.h"

namespace tierwatch {

/// Not thread-safe.
class PythonSampler {
 public:
  /// More processes are not looked at.
  static constexpr std::size_t kMostProcesses = 128;

  using OpenMemory = std::function<std::unique_ptr<RemoteMemory>(pid_t)>;

  /// `clock` is CLOCK_MONOTONIC. `files` and `faults` must outlive it.
  PythonSampler(const ProcFs& files, FaultLog& faults, std::function<nanoseconds()> clock);
  PythonSampler(const ProcFs& files, FaultLog& faults, std::function<nanoseconds()> clock,
                OpenMemory open);

  /// The processes to look at from now on. Those that were refused are tried again, a few times: a
  /// program may take their place.
  void set_processes(const std::vector<ProcessId>& processes);

  /// Looks at all threads of all processes once; of those without a Python function only at what
  /// runs. Adds to `samples`.
  void sample(std::vector<PythonSample>& samples);

  const std::vector<PythonFunction>& functions() const { return functions_.all(); }
  std::size_t read_processes() const;
  std::vector<ProcessRefusal> refusals() const;
  /// "3.11", "3.13": of those that are read.
  std::vector<std::string> versions() const;

 private:
  /// Descriptors of threads' files that are kept open; beyond that they are opened each time.
  static constexpr std::size_t kMostKept = 256;
  static constexpr int kMostTries = 3;

  struct Target {
    ProcessId id;
    std::unique_ptr<PythonProcess> process;  ///< null: refused
    ProcessRefusal refusal;
    int tries = 0;
    std::map<std::uint64_t, pid_t> tids;  ///< by what the process itself calls the thread
    nanoseconds tids_read{};
    std::map<pid_t, FileDescriptor> files;
  };

  void attach(Target& target);
  void read_tids(Target& target);
  void find_tids(Target& target);
  std::optional<ThreadState> state_of(Target& target, pid_t tid);
  void find_activity(Target& target, const InterpreterThread& thread, PythonSample& sample);
  void resolve_ends(pid_t pid, const WaitsFor& waits, PythonSample& sample);

  const ProcFs& files_;
  std::function<nanoseconds()> clock_;
  OpenMemory open_;
  PeerBook peers_;
  FunctionBook functions_;
  std::map<pid_t, Target> targets_;
  std::vector<InterpreterThread> threads_;
  std::string buffer_;
  std::size_t kept_ = 0;
};

}  // namespace tierwatch
