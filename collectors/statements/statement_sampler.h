// SPDX-License-Identifier: MIT
//
// All processes of a database server, one look after the other: which statement each is at, what it
// waits for, and who holds it up. The server is not asked, and not stopped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collectors/memory/mapped_images.h"
#include "collectors/statements/backend_process.h"
#include "collectors/statements/backend_sample.h"
#include "collectors/statements/lock_chain.h"

namespace tierwatch {

/// Statements that were seen, each once.
class StatementBook {
 public:
  static constexpr std::size_t kMost = 10'000, kMostText = 8u << 20;

  /// Beyond these, one stands for all that are new.
  std::uint32_t index_of(const std::string& statement);
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::map<std::string, std::uint32_t, std::less<>> indices_;
  std::vector<std::string> all_;
  std::size_t text_ = 0;
};

/// What a backend does, by what was read of it. Pure.
BackendActivity activity_of(const BackendLook& look);

/// Not thread-safe.
class StatementSampler {
 public:
  /// More processes are not looked at.
  static constexpr std::size_t kMostProcesses = 1024;

  using OpenMemory = std::function<std::unique_ptr<RemoteMemory>(pid_t)>;

  /// `literals`: the values in statements are shown. `files` must outlive it.
  StatementSampler(const ProcFs& files, bool literals);
  StatementSampler(const ProcFs& files, bool literals, OpenMemory open);

  /// The processes to look at from now on. Those that were refused are tried again, a few times.
  /// Reads a file that the server names: may block.
  void set_processes(const std::vector<ProcessId>& processes);

  /// Looks at all of them once, and adds to `samples`.
  void sample(std::vector<BackendSample>& samples);

  const std::vector<std::string>& statements() const { return statements_.all(); }
  std::size_t read_processes() const;
  std::vector<ProcessRefusal> refusals() const;
  /// "15": of those that are read; where it is not known, nothing.
  std::vector<std::string> versions() const;
  /// Of the first that is read.
  std::optional<int> version() const;

 private:
  static constexpr int kMostTries = 3;

  struct Target {
    ProcessId id;
    std::unique_ptr<BackendProcess> process;  ///< null: refused
    ProcessRefusal refusal;
    int tries = 0;
    std::optional<int> version;
    std::string last_text;  ///< and which statement it is
    std::uint32_t last_statement = kNoStatement;
  };
  struct ServerFacts {
    StatusLayout layout;
    LockChain locks;
  };
  /// A sample of this look, and what is needed to find who holds it up.
  struct Seen {
    std::size_t sample = 0;
    Target* target = nullptr;
    std::uint64_t proc = 0;
    std::optional<std::vector<std::uint64_t>> holders;
  };
  using ByProc = std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t>;

  void attach(Target& target);
  void look_at(Target& target, std::vector<BackendSample>& samples);
  std::uint32_t statement_of(Target& target, const std::string& text);
  void find_blockers(std::vector<BackendSample>& samples);
  std::optional<BackendBlocker> last_of_chain(const Seen& waiter, const ByProc& by_proc,
                                              const std::vector<BackendSample>& samples) const;

  const ProcFs& files_;
  bool literals_;
  OpenMemory open_;
  StatementBook statements_;
  std::map<pid_t, Target> targets_;
  std::map<std::uint64_t, ServerFacts> servers_;  ///< by BackendProcess::server()
  std::vector<Seen> seen_;
  std::string buffer_;
};

}  // namespace tierwatch
