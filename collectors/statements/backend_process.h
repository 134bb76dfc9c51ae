// SPDX-License-Identifier: MIT
//
// One process of a PostgreSQL server, read by what its program exports: the statement in hand, and
// what it waits for. Nothing is asked of the server, so it works when all its connections are
// taken. What is no exported variable is used only where it proves itself (see status_text_).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/memory/bounded_memory.h"

namespace tierwatch {

/// Addresses of a server's variables; 0: it exports none of this name.
struct ServerSymbols {
  std::uint64_t query = 0;        ///< debug_query_string, char *
  std::uint64_t pid = 0;          ///< MyProcPid, int
  std::uint64_t wait = 0;         ///< my_wait_event_info, uint32 *; from 14 on
  std::uint64_t status = 0;       ///< MyBEEntry, PgBackendStatus *; from 14 on
  std::uint64_t proc = 0;         ///< MyProc, PGPROC *
  std::uint64_t transaction = 0;  ///< TopTransactionResourceOwner: null between transactions
  /// Where in PGPROC the number lies that `wait` leads to, in a version without `wait`.
  std::optional<std::uint32_t> wait_in_proc;
};

/// Where, in the structure that pg_stat_activity is made from, the pointer to the statement lies:
/// found by a backend whose statement is known otherwise. One server's backends share it.
struct StatusLayout {
  std::optional<std::uint32_t> text;
};

struct BackendLook {
  bool has_statement = false;  ///< one is in hand: of an idle one, `text` is the last
  std::string text;            ///< any bytes; empty: not known
  std::optional<std::uint32_t> wait;
  bool in_transaction = false;
  bool moved = false;      ///< the statement changed each time it was read
  std::uint64_t proc = 0;  ///< address of its PGPROC in shared memory; 0: none
};

/// Not thread-safe.
class BackendProcess {
 public:
  /// Of longer statements the rest is not read.
  static constexpr std::size_t kLongestText = 16 * 1024;

  /// `pid` is what the process calls itself, `version` the server's, where it is known. Null with
  /// `why` in words.
  static std::unique_ptr<BackendProcess> find(std::unique_ptr<RemoteMemory> memory,
                                              const std::vector<std::uint64_t>& images,
                                              std::uint64_t pid, std::optional<int> version,
                                              std::string& why);

  /// False when the process is gone, or another program.
  bool look(StatusLayout& layout, BackendLook& look);

  RemoteMemory& memory() { return memory_; }
  bool tells_waits() const { return symbols_.wait != 0 || symbols_.wait_in_proc; }
  /// The same of all processes that one server has forked, and of no other one's but by chance.
  std::uint64_t server() const { return symbols_.query; }

 private:
  /// What is read at one instant, before the text and behind it.
  struct Instant {
    std::uint64_t query = 0, wait_at = 0, status_at = 0, proc = 0, transaction = 0;
    std::uint32_t wait = 0, changes = 0;
  };

  BackendProcess(BoundedMemory memory, const ServerSymbols& symbols);
  bool read_instant(Instant& now);
  std::optional<std::uint32_t> wait_of(const Instant& now) const;
  bool once(StatusLayout& layout, BackendLook& look);
  bool read_text(std::uint64_t address, std::string& text);
  void find_layout(StatusLayout& layout, std::uint64_t status, const std::string& text);

  BoundedMemory memory_;
  ServerSymbols symbols_;
  std::uint64_t wait_at_ = 0, status_at_ = 0;  ///< where these pointers led last time
  bool layout_tried_ = false;
};

}  // namespace tierwatch
