// SPDX-License-Identifier: MIT
//
// Which limits a tier has that can refuse work, and which of them were seen, or seen to be far off.
// "Nothing is full" is certain only where all of them were: the rest is said. Another limit is one
// more row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/judge_input.h"
#include "collectors/servers/server_traits.h"

namespace tierwatch {

struct ServerLimit {
  bool (*has)(const ServerTraits&);  ///< does such a server have it?
  bool (*is_seen)(const TierFacts&);
  /// What is said otherwise, after "TIER: "; `{option}` is the server's connections_option.
  std::string_view unseen;
};

/// Work may come to a limit only where there is work: CPU time, connections, busy workers, queues.
/// A tier whose CPU time or connections are not known counts as busy.
bool is_busy(const TierFacts& tier);

/// A busy server that limits its clients, of whose sockets none is known to be its own.
bool hides_its_clients(const TierFacts& tier);

/// It has as many connections as the least that a limit of which no more is known may be.
bool may_be_at_limit(const TierFacts& tier);

/// It evicts nothing, and has more memory than it allows its data: it refuses to write, unless much
/// of that memory holds no data any more.
bool refuses_to_write(const TierFacts& tier);

/// What is to be said of each limit of a busy tier that was not seen; empty when all were, and of
/// an idle tier.
std::vector<std::string> unseen_limits(const TierFacts& tier);

}  // namespace tierwatch
