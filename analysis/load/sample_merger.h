// SPDX-License-Identifier: MIT
//
// Makes few samples of many, one after the other, so that a week of history takes no more memory
// than an hour.
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/load/run_sample.h"

namespace tierwatch {

class SampleMerger {
 public:
  /// Each `together` samples become one, see window_mean(); 1: each stays as it is. At least 1.
  explicit SampleMerger(std::size_t together) : together_(together) {}

  /// Oldest first. The first sample after a gap or a step of the clock stays alone: its time says
  /// where that was.
  void add(RunSample sample);
  /// All of them; the merger is empty then.
  std::vector<RunSample> take();

 private:
  void merge();

  std::size_t together_;
  std::vector<RunSample> waiting_, merged_;
  std::optional<std::chrono::system_clock::time_point> last_;
};

}  // namespace tierwatch
