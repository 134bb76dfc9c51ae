// SPDX-License-Identifier: MIT
//
// The command line as values (only command_line*.cpp include CLI11). Parsing neither runs a
// command nor exits: main does. A new subcommand is one struct here and one file
// command_line_*.cpp.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/commands/compare_command.h"
#include "daemon/commands/mark_command.h"
#include "daemon/commands/record_command.h"
#include "daemon/commands/report_command.h"
#include "daemon/commands/top_command.h"
#include "daemon/commands/verdict_command.h"

namespace tierwatch {

struct DaemonOptions {
  /// Absent: the default file when there is one, else the defaults.
  std::optional<std::filesystem::path> config;
  std::vector<std::string> listen_addresses;  ///< empty: as configured
  std::optional<std::string> log_level;
  std::optional<std::chrono::milliseconds> interval;
};

struct MatchOptions {
  std::optional<std::filesystem::path> config;
  bool all = false;  ///< also the processes that no tier takes
};

struct CheckConfigOptions {
  std::optional<std::filesystem::path> file;  ///< absent: the default file
};

/// Nothing to run: a text for stdout (help, version) or, with an exit status of 2, for stderr (bad
/// usage).
struct Message {
  std::string text;
  int exit_status = 0;
};

using CommandLine =
    std::variant<Message, DaemonOptions, TopOptions, VerdictOptions, RecordOptions, MarkOptions,
                 ReportOptions, CompareOptions, MatchOptions, CheckConfigOptions>;

/// Throws nothing: what is wrong with the command line becomes a Message.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace tierwatch
