// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "config/config.h"
#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

struct ParsedCheckConfig {
  std::optional<std::filesystem::path> file, named;  ///< as FILE, and as --config FILE
  std::optional<std::filesystem::path> web_config;
};

}  // namespace

Subcommand check_config_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedCheckConfig>();
  CLI::App* command =
      add_command(app, "check-config", "say whether a configuration file can be used");
  command
      ->add_option("FILE", parsed->file,
                   "the file (default: " + std::string(kDefaultConfigPath) + ")")
      ->type_name("");
  command->add_option("-c,--config,--config.file", parsed->named, "the same as FILE")
      ->type_name("FILE");
  command
      ->add_option("--web.config.file", parsed->web_config,
                   "a web configuration of Prometheus' exporters, to check with it")
      ->type_name("FILE");
  return {command, [parsed]() -> CommandLine {
            if (parsed->file && parsed->named) throw BadUsage("name one file");
            if (!parsed->file) parsed->file = parsed->named;
            return CheckConfigOptions{.file = parsed->file, .web_config = parsed->web_config};
          }};
}

}  // namespace tierwatch
