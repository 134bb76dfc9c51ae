// SPDX-License-Identifier: MIT
//
// tests/fixtures/judge/windows.csv as facts for the judge, with the truth.
#pragma once

#include <string>
#include <vector>

#include "analysis/judge_input.h"

namespace tierwatch {

struct RecordedWindow {
  std::string scenario;
  double at_seconds = 0;
  std::string truth;        ///< as in the file
  JudgeInput facts;         ///< five seconds
  double memory_ratio = 0;  ///< fullest cgroup
  bool oom_kill = false;
};

/// How much of what was recorded the judge may see.
struct Sight {
  bool worker_states = true;  ///< system calls of workers (needs ptrace rights)
  bool in_service = true;     ///< accepted connections of listeners
  bool accept_queues = true;
  bool titles = true;
};

/// All windows of the fixture; throws std::runtime_error when a column is missing or no number.
std::vector<RecordedWindow> recorded_windows(const std::string& csv, const Sight& sight);

}  // namespace tierwatch
