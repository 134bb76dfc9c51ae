// SPDX-License-Identifier: MIT
//
// What one look at the processes of a database server gave: the statement of each backend, and what
// it waits for. Statements are without the values in them, unless these were asked for.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace tierwatch {

enum class BackendActivity : std::uint8_t {
  kRunning,            ///< works at a statement, and says of nothing that it waits for it
  kWaiting,            ///< waits for what its wait event says
  kIdleInTransaction,  ///< waits for its client's next statement, in a transaction
  kIdle,               ///< no statement; or it waits for work
};
inline constexpr std::size_t kBackendActivities = 4;

/// "running", "waiting", "idle-in-transaction", "idle".
std::string_view to_string(BackendActivity activity);

/// No statement is known.
inline constexpr std::uint32_t kNoStatement = std::numeric_limits<std::uint32_t>::max();

/// What a statement waits for is a lock of somebody.
struct BackendBlocker {
  pid_t pid = 0;  ///< 0: none of the backends that are looked at, or a prepared transaction
  std::uint32_t statement = kNoStatement;
  BackendActivity activity = BackendActivity::kRunning;
};

struct BackendSample {
  pid_t pid = 0;
  BackendActivity activity = BackendActivity::kIdle;
  /// Index into the sampler's statements; while idle in a transaction its last one.
  std::uint32_t statement = kNoStatement;
  /// wait_event_info; 0: it waits for nothing. Absent: a version that does not tell.
  std::optional<std::uint32_t> wait;
  bool moved = false;  ///< the statement changed each time it was read: it is not known
  /// At the end of the chain of those who wait for each other; absent: not known, or none.
  std::optional<BackendBlocker> blocker;
};

}  // namespace tierwatch
