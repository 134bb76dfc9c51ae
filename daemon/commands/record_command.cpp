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

constexpr int kNotRun = 2;  ///< as of bad usage

bool is_taken(const std::string& file) {
  std::error_code unreadable;
  for (const char* suffix : {"", "-journal", "-wal", "-shm"})
    if (std::filesystem::exists(std::filesystem::symlink_status(file + suffix, unreadable)))
      return true;
  return false;
}

/// "tierwatch-doubled-cores-20231114-221320.db"; with a number behind it where a run began in the
/// same second.
std::filesystem::path default_file(const std::string& name) {
  std::string plain;
  for (const char letter : name)
    plain += std::isalnum(static_cast<unsigned char>(letter)) || letter == '.' || letter == '_'
                 ? letter
                 : '-';
  const auto now = std::chrono::system_clock::now();
  const std::string stem = "tierwatch-" + plain.substr(0, 60) + local_time(now, "-%Y%m%d-%H%M%S");
  std::string file = stem + ".db";
  for (int number = 2; is_taken(file) && number < 100; ++number)
    file = stem + "-" + std::to_string(number) + ".db";
  return file;
}

struct NamedRun {
  std::filesystem::path file;
  RunEnd end;
};

/// Where no file was named, another run may take the one that was free a moment ago. Throws what
/// record_run() does.
NamedRun run_into_file(const RecordOptions& options, const std::string& name) {
  for (int left = 5;; --left) {
    const std::filesystem::path file = options.output ? *options.output : default_file(name);
    try {
      return {file, record_run(options, name, file)};
    } catch (const ChildError&) {
      std::filesystem::remove(file);
      throw;
    } catch (const NotRun&) {
      if (options.output || left == 0 || !is_taken(file.string())) throw;
    }
  }
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
  std::cerr << told_line(file.string() + " is not whole: what is named above could not be written");
  if (std::error_code unreadable; std::filesystem::exists(file.string() + "-wal", unreadable))
    std::cerr << told_line("its newest part is in " + file.string() + "-wal: make room, then \"" +
                           "tierwatch report " + file.string() + "\" puts both together");
}

}  // namespace

int run_record(const RecordOptions& options) {
  const std::string name = run_name(options);
  NamedRun named;
  try {
    named = run_into_file(options, name);
  } catch (const ChildError& error) {
    std::cerr << told_line(error.what());
    return error.exit_status;
  } catch (const NotRun& error) {
    std::cerr << told_line(error.what());
    return kNotRun;
  }
  const auto& [file, end] = named;
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
  const bool well = end.recorded && end.output_error == 0 && end.loads_read;
  return status == 0 && !well ? 1 : status;
}

}  // namespace tierwatch
