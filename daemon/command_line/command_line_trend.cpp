// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

struct ParsedTrend {
  TrendOptionsOfUser options;
  bool json = false;
};

}  // namespace

Subcommand trend_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedTrend>();
  TrendOptionsOfUser& options = parsed->options;
  CLI::App* command =
      add_command(app, "trend", "say which measure changed over many runs, and since which run");
  command
      ->add_option("RUN", options.runs,
                   "files that `record` wrote, or directories of them (*.db); eight runs at least")
      ->required()
      ->type_name("");
  command->add_option("--html", options.html, "also write a page with plots, in one file")
      ->type_name("FILE");
  command->add_flag("--fail-if-worse", options.fail_if_worse,
                    "exit with 3 when a measure got worse");
  allow_only(*command->add_option("--format", options.format, "text, md or json (default: text)")
                  ->type_name("FORMAT"),
             {"text", "md", "json"});
  command->add_flag("--json", parsed->json, "the same as --format json");
  return {command, [parsed]() -> CommandLine {
            if (parsed->json) parsed->options.format = "json";
            return std::move(parsed->options);
          }};
}

}  // namespace tierwatch
