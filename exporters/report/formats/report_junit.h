// SPDX-License-Identifier: MIT
//
// The thresholds of runs as JUnit XML, which CI systems show as tests.
#pragma once

#include <span>
#include <string>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// A suite for each run, a case for each of its thresholds: an exceeded one is a failure, one that
/// cannot be judged an error, so that neither passes. What came from outside holds no character
/// that XML 1.0 forbids. Ends in a line feed.
std::string thresholds_junit(std::span<const RunFindings> runs);

}  // namespace tierwatch
