// SPDX-License-Identifier: MIT
//
// Which processes are listed, and in which order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

struct ProcessRow {
  std::size_t process = 0;  ///< index of Snapshot::processes
  std::string branch;       ///< lines of the tree before its title; empty outside of a tree
};

/// Those that the state shows, sorted. In a tree, children follow their parents; whose parent is
/// not listed stands at the left. Pure; cost: a sort of some hundred small keys.
std::vector<ProcessRow> process_rows(const Snapshot& snapshot, const ViewState& state);

/// What the row of totals sums: the tagged processes, or else those that are listed.
std::vector<const ProcessSample*> summed_processes(const Snapshot& snapshot,
                                                   const ViewState& state);
/// Whether there is such a row.
bool has_totals(const ViewState& state);

/// Whether a text holds one of the words separated by "|", in upper or lower case (ASCII). An empty
/// pattern holds for all.
bool matches(std::string_view text, std::string_view pattern);

/// Whether pid, tier, role, name or title of a process match.
bool process_matches(const Snapshot& snapshot, const ProcessSample& process,
                     std::string_view pattern);

}  // namespace tierwatch
