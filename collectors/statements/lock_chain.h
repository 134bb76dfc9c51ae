// SPDX-License-Identifier: MIT
//
// Who holds the lock that a backend waits for, read from the server's shared memory. The offset of
// the pointers in PGPROC differs from version to version, so they are found by what they must lead
// to: a PROCLOCK that names this very lock and this very process. Nothing else is believed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "collectors/memory/remote_memory.h"

namespace tierwatch {

/// Not thread-safe; of one server.
class LockChain {
 public:
  static constexpr std::size_t kMostHolders = 1024;  ///< of one lock; with more none is known

  /// Addresses of the PGPROCs that hold the lock which `proc` waits for, in a mode that conflicts
  /// with the one it wants. Empty where it stands behind others in the queue. Absent: it waits for
  /// none, or what was read makes no sense.
  std::optional<std::vector<std::uint64_t>> holders(RemoteMemory& memory, std::uint64_t proc);

  /// Locks have changed: they are read again.
  void forget() { known_.clear(); }

 private:
  struct Holder {
    std::uint64_t proc = 0, leader = 0;
    std::uint32_t held = 0;
  };
  struct Waiting {
    std::uint64_t lock = 0, own = 0;  ///< LOCK *, and its own PROCLOCK *
    std::uint32_t mode = 0;
  };
  std::optional<Waiting> waiting_at(RemoteMemory& memory, std::uint64_t proc, std::uint32_t offset);
  std::optional<Waiting> waiting(RemoteMemory& memory, std::uint64_t proc);

  const std::vector<Holder>* holders_of(RemoteMemory& memory, std::uint64_t lock);

  std::map<std::uint64_t, std::optional<std::vector<Holder>>> known_;  ///< by the lock
  std::uint32_t offset_ = 0;  ///< of waitLock in PGPROC; 0: not found yet
};

}  // namespace tierwatch
