// SPDX-License-Identifier: MIT
//
// Totals per tier and role that outlive processes, restarts and reloads of the configuration.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "analysis/facts/process_ledger.h"
#include "analysis/snapshot.h"

namespace tierwatch {

/// Which figures the kernel let us read of a process: they decide whether a total exists at all.
struct Readable {
  bool threads = false;
  bool io = false;
};

void add(CounterTotals& totals, const Amounts& amounts);
void add(CounterTotals& totals, const ProcessGrowth& growth, Readable readable);
void add(CounterTotals& totals, const CounterTotals& other);

/// Use per second between two totals, `elapsed` apart. A part that one of them lacks is absent.
/// Pure.
Rates rates_between(const CounterTotals& before, const CounterTotals& now, nanoseconds elapsed);

/// Gauges of one process into the sums of its role.
void add(GaugeSums& sums, const ProcessReading& process);
void add(GaugeSums& sums, const GaugeSums& other);

}  // namespace tierwatch
