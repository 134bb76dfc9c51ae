// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "config/values.h"
#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

struct ParsedDaemon {
  DaemonOptions options;
  std::string interval;
};

std::string check_listen_address(const std::string& text) {
  const auto problem = listen_address_problem(text);
  return problem ? "\"" + text + "\" cannot be listened on: " + *problem : "";
}

}  // namespace

Subcommand daemon_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedDaemon>();
  DaemonOptions& options = parsed->options;
  CLI::App* command =
      add_command(app, "daemon", "watch the tiers and serve the results until stopped");
  add_config(*command, options.config);
  command
      ->add_option("--web.listen-address", options.listen_addresses,
                   "HOST:PORT, :PORT or unix:/PATH to serve on; may be repeated (default: "
                   "127.0.0.1:9718 and "
                   "unix:/run/tierwatch/tierwatch.sock where /run/tierwatch exists)")
      ->check(check_listen_address)
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  command
      ->add_option("--web.config.file", options.web_config,
                   "certificates, users and headers as Prometheus' exporters take them "
                   "(exporter-toolkit's YAML); read again when it changes")
      ->type_name("FILE");
  command->add_flag("--web.systemd-socket", options.systemd_socket,
                    "serve on the sockets that systemd passes (tierwatch.socket), and do not start "
                    "without them; sockets that are passed are used in any case");
  const auto levels = log_levels();
  allow_only(
      *command->add_option("--log.level", options.log_level, "how much to log (default: info)")
           ->type_name("LEVEL"),
      {levels.begin(), levels.end()});
  command
      ->add_option("-i,--interval", parsed->interval,
                   "time between samples, such as 200ms or 1s (default: 1s)")
      ->check(check_interval)
      ->type_name("DURATION");
  return {command, [parsed]() -> CommandLine {
            if (!parsed->interval.empty())
              parsed->options.interval = parse_duration(parsed->interval);
            return parsed->options;
          }};
}

}  // namespace tierwatch
