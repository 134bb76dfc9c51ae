// SPDX-License-Identifier: MIT
//
// A run with everything in it that a report can show: fixed values, written by hand, so that a
// change of the analysis changes no report.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "analysis/compare/run_comparison.h"
#include "analysis/runs/run_findings.h"

namespace tierwatch {

struct SampleReport {
  std::vector<RunSample> samples;
  std::vector<RunMark> marks;
  std::shared_ptr<LoadSeries> load;
  RunFindings findings;
  RunData data() const {
    return {.label = findings.label, .samples = samples, .load = load.get(), .marks = marks};
  }
};

/// Three steps of users on nginx and uWSGI, the last one full.
SampleReport sample_report();

/// The same with `text` wherever something from outside can stand.
SampleReport hostile_report(const std::string& text);

/// Of two runs: throughput better, latency the same, the bottleneck moved.
RunComparison sample_comparison();

}  // namespace tierwatch
