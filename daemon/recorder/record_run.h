// SPDX-License-Identifier: MIT
//
// One run under record: samples before, during and after the other program, hands signals on to it,
// writes marks.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

#include "daemon/recorder/child_process.h"
#include "daemon/recorder/record_options.h"

namespace tierwatch {

/// Thrown before the program is started: nothing has run. what() is for people.
class NotRun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a run ended.
struct RunEnd {
  int interruption = 0;  ///< a signal that came before the program was started; nothing else is set
  ChildEnd child;
  int output_error = 0;    ///< errno: standard output did not take what the program printed
  bool recorded = true;    ///< the file has all samples, and the end of the run
  bool loads_read = true;  ///< so were all files that were named with --load
};

/// Makes the file and runs the program to its end. Throws ChildError and NotRun; ConfigError for a
/// configuration that cannot be used.
RunEnd record_run(const RecordOptions& options, const std::string& name,
                  const std::filesystem::path& file);

}  // namespace tierwatch
