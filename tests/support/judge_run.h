// SPDX-License-Identifier: MIT
//
// Recorded runs of real servers (tests/judge/): the judge's facts tick by tick, as the daemon gave
// them, and what the judge says of them now. The format is in tests/judge/README.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/verdict.h"

namespace tierwatch {

struct JudgeRun {
  std::string header;  ///< one line of JSON: name, truth, path, proof
  std::vector<JudgeInput> ticks;
};

/// Throws std::runtime_error, or std::invalid_argument of the JSON reader, when it is no such file.
JudgeRun read_judge_run(const std::filesystem::path& file);

/// A verdict, and the time since the run's begin from which on it was in force.
struct SaidAt {
  double seconds = 0;
  double length_seconds = 0;  ///< until the next tick
  Verdict verdict;
};

/// Tick by tick what a daemon that was started with the run would have said.
std::vector<SaidAt> replay(const JudgeRun& run);

/// What is said, in words, a line for each change: who, how sure, what is waited for, the path, the
/// relief. Times are of the first tick that says so.
std::string said_text(const JudgeRun& run);

/// Where that text stands: "NAME.said" beside "NAME.run.gz".
std::filesystem::path said_file(const std::filesystem::path& run);

/// All runs below tests/judge/, sorted by name.
std::vector<std::filesystem::path> judge_runs();

}  // namespace tierwatch
