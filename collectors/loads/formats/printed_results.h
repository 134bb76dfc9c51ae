// SPDX-License-Identifier: MIT
//
// Finds the results of load generators in what a program printed: a script may call wrk, ab, hey,
// oha, autocannon, siege, vegeta or k6 several times, one after the other.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace tierwatch {

/// A piece of a program's output that import_load() may be able to read.
struct PrintedResult {
  std::size_t begin = 0, size = 0;
  std::size_t told_at = 0;  ///< place of the first line that the tool prints when its run is over
  bool of_summary = true;   ///< false: the whole output, which is no summary that is known here
};

/// In the order of the text. Of output without a known summary, all of it; of none, nothing. Pure.
std::vector<PrintedResult> printed_results(std::string_view output);

}  // namespace tierwatch
