// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "config/config.h"
#include "daemon/commands/command_line_parts.h"

namespace tierwatch {
namespace {

struct Parsed {
  std::optional<std::filesystem::path> file, named;  ///< as FILE, and as --config FILE
};

}  // namespace

Subcommand check_config_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<Parsed>();
  CLI::App* command =
      add_command(app, "check-config", "say whether a configuration file can be used");
  command
      ->add_option("FILE", parsed->file,
                   "the file (default: " + std::string(kDefaultConfigPath) + ")")
      ->type_name("");
  command->add_option("-c,--config,--config.file", parsed->named, "the same as FILE")
      ->type_name("FILE");
  return {command, [parsed]() -> CommandLine {
            if (parsed->file && parsed->named) throw BadUsage("name one file");
            if (!parsed->file) parsed->file = parsed->named;
            return CheckConfigOptions{.file = parsed->file};
          }};
}

}  // namespace tierwatch
