// SPDX-License-Identifier: MIT
//
// Snapshot ↔ JSON, written by nlohmann-json and read by simdjson. The format has a version: a
// reader of version N reads every later document of the same version; a field that is absent is
// unknown, never zero.
#pragma once

#include <string>
#include <string_view>

#include "analysis/snapshot.h"

namespace tierwatch {

inline constexpr int kSnapshotFormatVersion = 1;

struct JsonOptions {
  /// Titles can hold secrets: only where the reader is local or authenticated.
  bool processes = true;
  /// With `processes`: as a table (snapshot_json_table.h), which leaves out threads and more.
  bool process_table = false;
  pid_t in_full = 0;  ///< with `process_table`: this process with all that is known; 0: none
  int indent = -1;    ///< as nlohmann's dump: -1 is one line
};

/// The whole snapshot, as docs/api.md describes it.
std::string to_json(const Snapshot& snapshot, const JsonOptions& options = {});

/// The verdict alone, in the same words, with the host's name and the time it was found at.
std::string verdict_json(const Snapshot& snapshot, int indent = -1);

/// The way back: for `top --url` and for tests (from_json(to_json(s)) equals s in every exported
/// field). Throws std::invalid_argument that says what was expected and where.
Snapshot snapshot_from_json(std::string_view text);

}  // namespace tierwatch
