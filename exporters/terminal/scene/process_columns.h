// SPDX-License-Identifier: MIT
//
// The columns of the process table: what each shows, and how it sorts. A new column is a row in
// process_columns.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exporters/terminal/scene/scene.h"
#include "exporters/terminal/screen/columns.h"

namespace tierwatch {

enum class ProcessColumn : std::uint8_t {
  kPid,
  kTier,
  kRole,
  kUser,
  kState,
  kThreads,
  kCpu,
  kResident,
  kFds,
  kDelay,
  kTime,
  kTitle,
  kCustom,  ///< none of ours: a column_list.h has its expression
};
inline constexpr std::size_t kProcessColumns = 12;  ///< without kCustom

/// All of them, in their order; a column's index is its ProcessColumn.
std::span<const ColumnSpec> process_column_specs();
/// "pid", "cpu", "rss": for the command line and the settings.
std::string_view to_string(ProcessColumn column);
std::optional<ProcessColumn> process_column_named(std::string_view name);
/// What it shows, for the help screen.
std::string_view meaning_of(ProcessColumn column);

/// A figure or word, and its ink.
struct ColumnText {
  std::string text;
  Ink ink = Ink::kPlain;
};
ColumnText column_text(ProcessColumn column, const ProcessSample& process, const Scene& scene);

/// The sum of a column over processes; of columns that have none, nothing. "≥" stands before a sum
/// that lacks some figure.
ColumnText total_text(ProcessColumn column, std::span<const ProcessSample* const> processes,
                      const Scene& scene);

/// The tier's and the role's name of a process; empty when it has none.
std::string_view tier_of(const Snapshot& snapshot, const ProcessSample& process);
std::string_view role_of(const Snapshot& snapshot, const ProcessSample& process);
/// Its title, or its name in brackets when it has none, like ps(1).
/// Of that identity; null when it is not in the snapshot, or there is none.
const ProcessSample* process_of(const SnapshotPtr& snapshot, const ProcessId& id);
/// "nginx, master"; the name of one that belongs to no tier.
std::string process_words(const Snapshot& snapshot, const ProcessSample& process);

std::string title_of(const ProcessSample& process);
/// Time on a processor since it began.
nanoseconds cpu_time(const ProcessSample& process);

/// Whether `a` comes before `b` in the natural order of the column: figures falling, words rising.
/// Equal ones are in the order of their pids, so that a screen at rest stays as it is.
bool comes_before(ProcessColumn column, const ProcessSample& a, const ProcessSample& b);

}  // namespace tierwatch
