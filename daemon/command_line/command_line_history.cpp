// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "daemon/command_line/command_line_parts.h"
#include "daemon/sources/time_argument.h"

namespace tierwatch {
namespace {

struct ParsedHistory {
  HistoryOptions options;
  std::string from, to;
  bool json = false;
};

HistoryOptions finished(ParsedHistory parsed) {
  HistoryOptions& history = parsed.options;
  if (parsed.json) history.format = "json";
  history.from = read_moment(parsed.from);
  history.to = read_moment(parsed.to);
  if (history.from && history.to && *history.from >= *history.to)
    throw BadUsage("--from is not before --to");
  return std::move(history);
}

}  // namespace

Subcommand history_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedHistory>();
  HistoryOptions& options = parsed->options;
  CLI::App* command = add_command(
      app, "history",
      "list what the daemon's history holds: its span, gaps and size, which tier was full "
      "when, stretches of load, marks");
  command->add_option("FILE", options.file, "recording to look in instead of the daemon's history")
      ->type_name("");
  command->add_option("--from", parsed->from, "only after this time")->type_name("TIME");
  command->add_option("--to", parsed->to, "only before this time")->type_name("TIME");
  command->add_flag("-a,--all", options.all, "all rows of each table, not the newest 20");
  allow_only(*command->add_option("--format", options.format, "text, md or json (default: text)")
                  ->type_name("FORMAT"),
             {"text", "md", "json"});
  command->add_flag("--json", parsed->json, "the same as --format json");
  return {command, [parsed]() -> CommandLine { return finished(*parsed); }};
}

}  // namespace tierwatch
