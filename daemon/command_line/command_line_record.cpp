// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "collectors/loads/load_import.h"
#include "config/values.h"
#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostInsideTiers = 8;

struct ParsedRecord {
  RecordOptions options;
  std::string interval, around;
  std::vector<std::string> inside;  ///< "true": without a tier
  bool standalone = false;
};

/// What can be known to be wrong before COMMAND is run. Throws BadUsage.
void check_files(const RecordOptions& record) {
  if (record.output && record.output->empty()) throw BadUsage("--output wants the name of a file");
  for (const std::string& text : record.loads) {
    try {
      if (parse_load_argument(text).file != kStandardInput) continue;
    } catch (const ImportError& error) {
      throw BadUsage("--load " + text + ": " + error.what());
    }
    throw BadUsage(
        "--load -: standard input is the load generator's; name the file that it writes");
  }
}

/// Nothing needs no unit.
std::optional<std::chrono::milliseconds> around_of(const std::string& text) {
  return text == "0" ? std::chrono::milliseconds(0) : parse_duration(text);
}

/// "0" to "1m".
std::string check_around(const std::string& text) {
  const auto around = around_of(text);
  return around && *around <= std::chrono::minutes(1)
             ? ""
             : "\"" + text + "\" is not a valid duration of at most 1m; write it like 2s or 500ms";
}

void add_recording(CLI::App& command, ParsedRecord& parsed) {
  RecordOptions& record = parsed.options;
  command.add_option("-n,--name", record.name, "what to call this run")->type_name("NAME");
  command
      .add_option("-o,--output", record.output,
                  "file to record to (default: tierwatch-NAME-DATE-TIME.db)")
      ->type_name("FILE");
  command
      .add_option("-l,--load", record.loads,
                  "file the load generator writes, kept with the run; may be repeated; FORMAT: may "
                  "be left out")
      ->type_name("FORMAT:FILE")
      ->allow_extra_args(false);
  command.add_option("-i,--interval", parsed.interval, "time between samples (default: 200ms)")
      ->check(check_interval)
      ->type_name("DURATION");
  command
      .add_option("--around", parsed.around,
                  "how long to record before and after the run, or 0 (default: 2s)")
      ->check(check_around)
      ->type_name("DURATION");
  command.add_flag("--no-capture", record.leave_output,
                   "leave the program's stdout alone, do not keep what it prints");
  command.add_flag("--inside", parsed.inside,
                   "look inside the tiers, too: which function, which statement; --inside=TIER, "
                   "which may be repeated, for that one alone");
  command.add_flag("--standalone", parsed.standalone,
                   "sample here, even if a daemon runs: record always does");
  add_config(command, record.config);
}

/// CLI11 says "true" of a flag without a value.
void set_inside(const std::vector<std::string>& words, RecordOptions& record) {
  record.inside = !words.empty();
  for (const std::string& word : words)
    if (word != "true") record.inside_tiers.push_back(word);
  if (record.inside_tiers.size() > kMostInsideTiers)
    throw BadUsage("--inside takes " + std::to_string(kMostInsideTiers) + " tiers at most");
  if (!record.inside_tiers.empty() && record.inside_tiers.size() < words.size())
    throw BadUsage("--inside and --inside=" + record.inside_tiers.front() +
                   " contradict each other: without a tier all that matter are looked into");
}

}  // namespace

Subcommand record_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedRecord>();
  CLI::App* command =
      add_command(app, "record", "run a load generator and record what the tiers do meanwhile");
  add_recording(*command, *parsed);
  command->add_option("COMMAND", parsed->options.command, "the load generator and its arguments")
      ->required()
      ->type_name("");
  command->positionals_at_end();  // options of COMMAND are its own, with "--" before it or without
  command->footer(
      "The exit status is that of COMMAND; 127 when it is not found, 126 when it cannot be run.");
  return {command, [parsed]() -> CommandLine {
            RecordOptions& record = parsed->options;
            record.interval = parse_duration(parsed->interval).value_or(record.interval);
            record.around = around_of(parsed->around).value_or(record.around);
            set_inside(parsed->inside, record);
            check_files(record);
            return record;
          }};
}

}  // namespace tierwatch
