// SPDX-License-Identifier: MIT
//
// Does anybody read what came? An event loop, or a free thread, reads at once. Requests that lie
// unread before a server with CPU to spare wait for a call that blocks its loop, or for a thread.
// Pure.
#pragma once

#include <optional>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Requests lie unread in the connections it has accepted, more than a few of those before it, and
/// it does not let them wait on purpose. False where that is not known.
bool lies_unread(const TierFacts& tier);

/// Requests that lie unread in the connections it has accepted, while its loops and threads use
/// little CPU and do not wait for one. Absent: hardly any, not known, or it lets them wait on
/// purpose (a pooler).
std::optional<double> left_unread(const TierFacts& tier, const HostFacts& host);

/// Requests that event loops have not read because they are at other work, as a mean.
double unread_at_work(const TierFacts& tier);

/// Requests that lie unread before it and wait to be read, whether it is blocked or at work. 0:
/// none, not known, or it lets them wait on purpose.
double waits_to_be_read(const TierFacts& tier, const HostFacts& host);

/// What blocks its event loops: each owes its silence to one answer at a time, so it is the peer
/// that owes them one for most of the time. Absent: not seen.
std::optional<WaitingOn> blocked_by(const TierFacts& tier);

/// Many of its answers lie unread at clients of this host: whoever asks is slower than it, such as
/// a load generator.
bool clients_are_slower(const TierFacts& tier);

}  // namespace tierwatch
