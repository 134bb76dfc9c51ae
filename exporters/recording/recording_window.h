// SPDX-License-Identifier: MIT
//
// A window as the parameters ?1 and ?2 of a statement, for files of the reader only.
#pragma once

#include <limits>

#include "exporters/recording/recording_columns.h"
#include "exporters/recording/recording_reader.h"

namespace tierwatch {

/// Half a microsecond more at both ends: times were rounded to microseconds when they were written.
inline void bind_window(RecordingStatement& statement, const RecordedWindow& window) {
  constexpr double kEver = std::numeric_limits<double>::infinity();
  statement.bind(0,
                 window.from ? recorded_seconds(window.from->time_since_epoch()) - 5e-7 : -kEver);
  statement.bind(1, window.to ? recorded_seconds(window.to->time_since_epoch()) + 5e-7 : kEver);
}

}  // namespace tierwatch
