// SPDX-License-Identifier: MIT
//
// Snapshots for tests of everything that shows them: one rich and readable, one small, and as many
// random ones as a property needs.
#pragma once

#include "analysis/snapshot.h"

namespace tierwatch {

/// nginx, a uWSGI shop and postgres at work, redis watched but stopped (its counters kept), mysql
/// never seen; every figure of a tier, role and host is present somewhere. Always the same.
Snapshot rich_snapshot();

/// Makes tier `full_tier` of the snapshot short of CPU: listener, edge, facts, verdict (as the
/// judge finds it) and seconds.
void add_verdict(Snapshot& snapshot, std::uint16_t full_tier);

/// Adds what a full tier alone does not show: a TCP listener, peers elsewhere, slots and limits.
/// For rich_snapshot(), whose tiers it knows.
void add_neighbours(Snapshot& snapshot);

/// One tier and one process: what fits on a page.
Snapshot small_snapshot();

/// Any snapshot that could exist, and some that could not: every optional field present or absent
/// by chance, names with quotes and control characters. The same seed gives the same snapshot.
/// Times are whole nanoseconds below 26 days.
Snapshot random_snapshot(unsigned seed);

}  // namespace tierwatch
