// SPDX-License-Identifier: MIT
//
// Dispatches to the subcommands, one file each. The only place that turns an exception, or an
// answer that did not arrive, into an exit status.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <iostream>

#include "collectors/text/printable_text.h"
#include "config/config.h"
#include "daemon/command_line/command_line.h"
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
#include "daemon/commands/standard_output.h"
#include "daemon/commands/trend_command.h"
#include "daemon/commands/verdict_command.h"
#include "daemon/top/top_command.h"

namespace tierwatch {
namespace {

/// Runs a command, whose answer goes to `out`; its exit status.
struct Run {
  std::ostream& out;

  int operator()(const Message& message) const {
    (message.exit_status == 0 ? out : std::cerr) << printable_lines(message.text);
    return message.exit_status;
  }
  int operator()(const DaemonOptions& options) const { return run_daemon(options); }
  int operator()(const TopOptions& options) const { return run_top(options, out); }
  int operator()(const VerdictOptions& options) const {
    return run_verdict(options, out, std::cerr);
  }
  int operator()(const InsideOptions& options) const { return run_inside(options, out, std::cerr); }
  int operator()(const RecordOptions& options) const { return run_record(options); }
  int operator()(const MarkOptions& options) const { return run_mark(options, out, std::cerr); }
  int operator()(const ReportOptions& options) const { return run_report(options, out, std::cerr); }
  int operator()(const CompareOptions& options) const { return run_compare(options, out); }
  int operator()(const HistoryOptions& options) const { return run_history(options, out); }
  int operator()(const TrendOptionsOfUser& options) const {
    return run_trend(options, out, std::cerr);
  }
  int operator()(const MatchOptions& options) const { return run_match(options, out); }
  int operator()(const CheckConfigOptions& options) const {
    return run_check_config(options, out, std::cerr);
  }
  int operator()(const DoctorOptions& options) const { return run_doctor(options, out, std::cerr); }
};

int run_command(const CommandLine& command, StandardOutput& out) {
  try {
    return std::visit(Run{out}, command);
  } catch (const ConfigError& error) {
    out.flush();
    std::cerr << printable_lines(error.what()) << '\n';
    return 2;
  } catch (const std::filesystem::filesystem_error& error) {
    out.flush();  // its what() is for programmers
    std::cerr << told_line(error.path1().string() + ": " + error.code().message());
    return 1;
  } catch (const std::exception& error) {
    out.flush();
    std::cerr << told_line(error.what());
    return 1;
  }
}

/// A descriptor that is closed would become that of the next file that is opened, a recording for
/// example, and be written to as standard output.
void keep_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    const int stand_in = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (stand_in != descriptor) _exit(1);  // the lowest one that is free is opened (open(2))
  }
}

}  // namespace
}  // namespace tierwatch

int main(int argc, char** argv) {
  using namespace tierwatch;
  keep_standard_descriptors();
  const CommandLine command = parse_command_line(argc, argv);
  // A reader that goes away ends no command; record's program decides for itself.
  if (!std::holds_alternative<RecordOptions>(command)) signal(SIGPIPE, SIG_IGN);
  StandardOutput out(STDOUT_FILENO);
  const int status = run_command(command, out);
  const int error = out.close();
  if (error == 0) return status;
  std::cerr << "tierwatch: standard output: " << std::strerror(error) << '\n';
  return 1;
}
