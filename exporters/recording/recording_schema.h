// SPDX-License-Identifier: MIT
//
// The tables and views of a recording as SQL, made from the lists of columns. Within one version
// columns are only added: an older file gets them when it is written to again, and a reader takes
// what it does not find for unknown.
#pragma once

#include <string>

#include "exporters/recording/recording_database.h"

namespace tierwatch {

inline constexpr int kRecordingFormatVersion = 1;
/// PRAGMA application_id: "twch", so that file(1) and we know our own.
inline constexpr int kRecordingApplicationId = 0x74776368;

/// CREATE statements of everything, as docs/recording-format.md shows them.
std::string recording_schema();

/// What the view `gap` shows. For readers: an older program's file may hold an older view.
std::string gap_query();

/// Makes a new file's tables, or adds what an older one lacks; switches it to WAL. Throws
/// RecordingError when the file is another program's, or of a newer version.
void prepare_recording(RecordingDatabase& database);

/// Throws RecordingError unless the file is a recording that we can read.
void check_recording(RecordingDatabase& database);

}  // namespace tierwatch
