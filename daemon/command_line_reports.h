// SPDX-License-Identifier: MIT
//
// The part of the command line that `report` and `compare` take (CLI11 stays behind
// command_line*.cpp).
#pragma once

#include <string>
#include <vector>

#include "daemon/compare_command.h"
#include "daemon/report_command.h"

namespace CLI {
class App;
}

namespace tierwatch {

/// What CLI11 fills in.
struct ParsedReports {
  ReportOptions report;
  std::string from, to, clock_offset;
  std::vector<std::string> what_if;
  CompareOptions compare;
  std::vector<std::string> runs;  ///< of compare: A B, or A1 A2 … -- B1 B2 …
  std::string fail_if;
};

CLI::App* add_report(CLI::App& app, ParsedReports& parsed);
CLI::App* add_compare(CLI::App& app, ParsedReports& parsed);

/// The values behind the texts that were parsed; what is wrong with them, empty when all is well.
std::string finish_report(ParsedReports& parsed);
/// `after_dashes`: how many of the runs stand after "--"; 0: there was none.
std::string finish_compare(ParsedReports& parsed, std::size_t after_dashes);

/// How many arguments stand after the first "--" of the command line.
std::size_t arguments_after_dashes(int argc, const char* const* argv);

/// The command line as CLI11 shall see it: of `compare` without "--", which would end the list of
/// runs there.
std::vector<const char*> arguments_for_parser(int argc, const char* const* argv);

}  // namespace tierwatch
