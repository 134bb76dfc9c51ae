// SPDX-License-Identifier: MIT
//
// `tierwatch mark TEXT`: a note on the time axis of the run under way, and of the daemon's history.
#pragma once

#include <iosfwd>
#include <string>

namespace tierwatch {

struct MarkOptions {
  std::string text;
};

/// Says where the mark was written to and returns 0; 1 when nobody records, or nobody answered.
int run_mark(const MarkOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace tierwatch
