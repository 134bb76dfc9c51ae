// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {

Subcommand match_subcommand(CLI::App& app) {
  const auto options = std::make_shared<MatchOptions>();
  CLI::App* command = add_command(
      app, "match", "show which process belongs to which tier on this machine, and why");
  add_config(*command, options->config);
  command->add_flag("-a,--all", options->all, "also show the processes that belong to no tier");
  return {command, [options]() -> CommandLine { return *options; }};
}

}  // namespace tierwatch
