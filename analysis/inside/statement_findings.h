// SPDX-License-Identifier: MIT
//
// Looks at the backends of a database server added up: which statements their time goes to, what
// they wait for, and who holds them up.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collectors/statements/backend_sample.h"

namespace tierwatch {

/// A value. Bounded, whatever the statements are.
class StatementTally {
 public:
  /// Kinds of waits, and those who hold it up, that are kept of one statement.
  static constexpr std::size_t kMostWaits = 64, kMostBlockers = 64;

  struct Key {
    std::uint32_t statement = kNoStatement;
    bool idle = false;  ///< in a transaction, after this statement
    auto operator<=>(const Key&) const = default;
  };
  struct Blockers {
    std::uint64_t samples = 0;
    pid_t pid = 0;  ///< of the last one; 0: not known who
    bool several = false;
  };
  struct Row {
    std::uint64_t samples = 0;
    std::map<std::uint32_t, std::uint64_t> waits;  ///< by wait_event_info, 0: for nothing
    std::map<Key, Blockers> blockers;
    std::uint64_t waits_unknown = 0;  ///< not told, or beyond kMostWaits
  };

  void add(const BackendSample& sample);

  const std::map<Key, Row>& rows() const { return rows_; }
  std::uint64_t samples() const { return samples_; }
  std::uint64_t moved() const { return moved_; }
  std::uint64_t of(BackendActivity activity) const {
    return by_activity_[static_cast<std::size_t>(activity)];
  }

 private:
  std::map<Key, Row> rows_;
  std::uint64_t samples_ = 0, moved_ = 0;
  std::array<std::uint64_t, kBackendActivities> by_activity_{};
};

/// What is waited for, by the server's own names.
struct StatementWait {
  std::string of;     ///< "Lock"; empty: it waits for nothing
  std::string event;  ///< "transactionid"; empty: not known
  double share = 0;
};

struct StatementBlocker {
  pid_t pid = 0;          ///< 0: not known who
  bool several = false;   ///< one after the other: `pid` is the last
  bool idle = false;      ///< it waits for its client, in a transaction
  std::string statement;  ///< its own, or its last; empty: not known
  double share = 0;       ///< of the time of the statement that it holds up
};

struct StatementRow {
  std::string statement;             ///< empty: not known
  bool idle = false;                 ///< in a transaction, after this statement
  double share = 0;                  ///< of the time of all backends that are not idle
  std::vector<StatementWait> waits;  ///< shares of its own time, most first
  std::vector<StatementBlocker> blockers;
};

struct StatementFindings {
  std::uint64_t samples = 0;      ///< of backends that are not idle: what the shares are of
  std::uint64_t all_samples = 0;  ///< of all processes
  std::array<double, kBackendActivities> activities{};  ///< shares of `samples`; idle's is 0
  std::vector<StatementRow> rows;                       ///< most first
  std::vector<StatementWait> waits;                     ///< of all together, most first
  double moved = 0;                                     ///< share of `samples`
};

/// Rows that are told.
inline constexpr std::size_t kMostStatementRows = 100;

StatementFindings find_statements(const StatementTally& tally,
                                  const std::vector<std::string>& statements,
                                  std::optional<int> version);

}  // namespace tierwatch
