// SPDX-License-Identifier: MIT
#include "daemon/commands/record_command.h"

#include <unistd.h>

#include <cctype>
#include <cstring>
#include <iostream>

#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "daemon/commands/report_command.h"
#include "daemon/recorder/record_run.h"
#include "daemon/recorder/run_summary.h"

namespace tierwatch {
namespace {

std::string run_name(const RecordOptions& options) {
  return options.name.empty() ? std::filesystem::path(options.command[0]).filename().string()
                              : options.name;
}

/// "tierwatch-doubled-cores-20231114-221320.db"
std::filesystem::path default_file(const std::string& name) {
  std::string plain;
  for (const char letter : name)
    plain += std::isalnum(static_cast<unsigned char>(letter)) || letter == '.' || letter == '_'
                 ? letter
                 : '-';
  const auto now = std::chrono::system_clock::now();
  return "tierwatch-" + plain.substr(0, 60) + local_time(now, "-%Y%m%d-%H%M%S.db");
}

/// What the run's file tells; the run itself is over and kept, whatever is wrong with the report.
void report_run(const std::filesystem::path& file) {
  std::cerr << '\n';
  try {
    print_run_report(file, std::cerr, text_options_of(STDERR_FILENO));
  } catch (const std::exception& error) {
    std::cerr << told_line(std::string("no report: ") + error.what());
  }
  std::cerr << '\n' << run_summary(file);
}

/// What the file lacks; of a full disk SQLite keeps the newest part beside the file.
void tell_what_is_missing(const std::filesystem::path& file) {
  std::cerr << told_line(file.string() + " is not whole: what is told above could not be written");
  if (std::error_code unreadable; std::filesystem::exists(file.string() + "-wal", unreadable))
    std::cerr << told_line("its newest part is in " + file.string() + "-wal: make room, then \"" +
                           "tierwatch report " + file.string() + "\" puts both together");
}

}  // namespace

int run_record(const RecordOptions& options) {
  const std::string name = run_name(options);
  const std::filesystem::path file = options.output.value_or(default_file(name));
  if (std::filesystem::exists(std::filesystem::symlink_status(file)))
    throw std::runtime_error(file.string() + " exists; each run has a file of its own");
  RunEnd end;
  try {
    end = record_run(options, name, file);
  } catch (const ChildError& error) {
    std::filesystem::remove(file);
    std::cerr << told_line(error.what());
    return error.exit_status;
  }
  if (end.interruption != 0) {
    std::filesystem::remove(file);
    std::cerr << told_line("interrupted before " + options.command[0] +
                           " was started: nothing is kept");
    return 128 + end.interruption;  // as shells do
  }
  report_run(file);
  if (!end.recorded) tell_what_is_missing(file);
  if (end.output_error != 0)
    std::cerr << "tierwatch: standard output: " << std::strerror(end.output_error)
              << "; the recording holds what the program printed\n";
  const int status = end_like(end.child);
  const bool well = end.recorded && end.output_error == 0;
  return status == 0 && !well ? 1 : status;
}

}  // namespace tierwatch
