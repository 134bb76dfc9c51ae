// SPDX-License-Identifier: MIT
//
// Which part of a load generator's file belongs to a recording: tools append to their files, and
// runs begin before a recording and end after it.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "analysis/load/run_sample.h"
#include "collectors/loads/load_series.h"

namespace tierwatch {

/// The series as one for each of its runs: five minutes without a point part them. Each has the
/// same start, and totals of its own, which have no quantiles if there are several. Pure.
std::vector<LoadSeries> runs_of(const LoadSeries& load);

/// The runs that overlap a recording, as one series; if none does, the nearest, and the last one
/// where no recording is known. A warning says what was left out. Pure.
LoadSeries run_of_recording(const LoadSeries& load, const std::optional<RunTime>& recording);

/// The series without the points that lie outside of a recording, by its own clock, with totals of
/// what is left and a warning; as it is, if all lie inside, or none. Pure.
LoadSeries cut_to_recording(const LoadSeries& load, const RunTime& recording);

}  // namespace tierwatch
