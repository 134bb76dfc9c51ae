// SPDX-License-Identifier: MIT
//
// What can be sent to a process, and what that does to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

struct SignalRow {
  int number = 0;
  std::string_view name;  ///< "SIGHUP"
  std::string effect;     ///< what the process does then
};

/// The mildest first. Signals that a server of its tier has a use for are told by that use, the
/// others by what they do to any program. Pure.
std::vector<SignalRow> signal_rows(const Snapshot& snapshot, const ProcessSample& process);

/// "SIGHUP"; "signal 42" for one that is not offered.
std::string signal_name(int number);

}  // namespace tierwatch
