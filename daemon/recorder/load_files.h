// SPDX-License-Identifier: MIT
//
// Files of load generators as `report` and `record` are given them: read with a bar on the
// terminal, placed in time, several of one run as one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "analysis/load/run_sample.h"
#include "collectors/loads/load_import.h"
#include "collectors/loads/load_series.h"
#include "daemon/recorder/output_relay.h"

namespace tierwatch {

/// Reads one file of a `run`; absent: not known yet when it was, the file itself shall tell. One
/// that tells no time of day is taken to have ended when it was last written, if that lies within
/// the run, else to have begun with the run; a warning says which; one that lasted more than twice
/// as long as the run is refused. Of a file that holds several
/// runs, the one of this `run`, see run_of_recording(). Throws ImportError.
LoadSeries read_load_file(const LoadArgument& load, const std::optional<RunTime>& run);

/// Its stamps, as they are, lie within the run, but for their rounding: where the load generator
/// ran on this machine its clock is ours. Of a file without times of day that is not known. Pure.
bool lies_within(const LoadSeries& load, const RunTime& run);

/// All files of one run as one load, see join_loads(). Throws ImportError, also for a file given
/// twice and for files that cannot be joined. Needs at least one.
LoadSeries read_load_files(std::span<const std::string> arguments,
                           const std::optional<RunTime>& run);

/// What is kept with a run: its files, or, where none is named, the results that it printed. What
/// cannot be read is left out, and stderr says so.
std::vector<LoadSeries> loads_of_run(std::span<const LoadArgument> files,
                                     const RelayedOutput& output, const RunTime& run);

/// What to write to a terminal when so much of a file has been read: "\r[####…] 42 %"; after the
/// last byte, what wipes it out. Empty for files that are read in a moment. Pure.
std::string progress_bar(std::uint64_t done, std::uint64_t total);

}  // namespace tierwatch
