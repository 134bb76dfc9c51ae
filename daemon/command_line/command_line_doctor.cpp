// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {

Subcommand doctor_subcommand(CLI::App& app) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      add_command(app, "doctor",
                  "show what can be read here and what cannot, how to fix it, and the state of the "
                  "daemon; exit status 0 nothing is missing, 1 something is, 2 could not check");
  add_config(*command, options->config);
  command->add_flag("--json", options->json, "the findings as JSON");
  return {command, [options]() -> CommandLine { return *options; }};
}

}  // namespace tierwatch
