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

#include "daemon/commands/check_config_command.h"
#include "daemon/commands/compare_command.h"
#include "daemon/commands/daemon_command.h"
#include "daemon/commands/doctor_command.h"
#include "daemon/commands/history_command.h"
#include "daemon/commands/inside_command.h"
#include "daemon/commands/mark_command.h"
#include "daemon/commands/match_command.h"
#include "daemon/commands/record_command.h"
#include "daemon/commands/report_command.h"
#include "daemon/commands/trend_command.h"
#include "daemon/commands/verdict_command.h"
#include "daemon/top/top_command.h"

namespace tierwatch {

/// Nothing to run: a text for stdout (help, version) or, with an exit status of 2, for stderr (bad
/// usage).
struct Message {
  std::string text;
  int exit_status = 0;
};

using CommandLine =
    std::variant<Message, DaemonOptions, TopOptions, VerdictOptions, RecordOptions, MarkOptions,
                 ReportOptions, CompareOptions, TrendOptionsOfUser, HistoryOptions, InsideOptions,
                 MatchOptions, CheckConfigOptions, DoctorOptions>;

/// Throws nothing: what is wrong with the command line becomes a Message.
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace tierwatch
