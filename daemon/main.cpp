// SPDX-License-Identifier: MIT
//
// Dispatches to the subcommands, one file each. The only place that turns an exception into an exit
// status.
#include <iostream>

#include "analysis/printable_text.h"
#include "config/config.h"
#include "daemon/check_config_command.h"
#include "daemon/command_line.h"
#include "daemon/compare_command.h"
#include "daemon/daemon_command.h"
#include "daemon/mark_command.h"
#include "daemon/match_command.h"
#include "daemon/record_command.h"
#include "daemon/report_command.h"
#include "daemon/top_command.h"
#include "daemon/verdict_command.h"

namespace tierwatch {
namespace {

int run(const Message& message) {
  (message.exit_status == 0 ? std::cout : std::cerr) << printable_lines(message.text);
  return message.exit_status;
}
int run(const DaemonOptions& options) { return run_daemon(options); }
int run(const TopOptions& options) { return run_top(options); }
int run(const VerdictOptions& options) { return run_verdict(options, std::cout, std::cerr); }
int run(const RecordOptions& options) { return run_record(options); }
int run(const MarkOptions& options) { return run_mark(options, std::cout, std::cerr); }
int run(const ReportOptions& options) { return run_report(options, std::cout, std::cerr); }
int run(const CompareOptions& options) { return run_compare(options, std::cout); }
int run(const MatchOptions& options) { return run_match(options, std::cout); }
int run(const CheckConfigOptions& options) {
  return run_check_config(options, std::cout, std::cerr);
}

int run_command(int argc, const char* const* argv) {
  try {
    return std::visit([](const auto& options) { return run(options); },
                      parse_command_line(argc, argv));
  } catch (const ConfigError& error) {
    std::cerr << printable_lines(error.what()) << '\n';
    return 2;
  } catch (const std::exception& error) {
    std::cerr << told_line(error.what());
    return 1;
  }
}

}  // namespace
}  // namespace tierwatch

int main(int argc, char** argv) { return tierwatch::run_command(argc, argv); }
