// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>

#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

struct ParsedVerdict {
  VerdictOptions options;
  std::optional<double> wait_seconds;
};

std::string check_wait(const std::string& text) {
  constexpr double kLongestWait = 86400;
  double seconds = -1;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (error == std::errc{} && rest == end && seconds >= 0 && seconds <= kLongestWait) return "";
  return "\"" + text + "\" is not a number of seconds from 0 to 86400";
}

VerdictOptions finished(ParsedVerdict parsed) {
  VerdictOptions& verdict = parsed.options;
  if (parsed.wait_seconds)
    verdict.wait = std::chrono::milliseconds(std::llround(*parsed.wait_seconds * 1000));
  if (verdict.watch && verdict.wait)
    throw BadUsage("--watch goes on until interrupted: --wait has no effect");
  check_source(verdict);
  return std::move(verdict);
}

}  // namespace

Subcommand verdict_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedVerdict>();
  CLI::App* command = add_command(
      app, "verdict",
      "say which tier is full and how that is known; exit status 0 none, 3 one is, 4 not known");
  add_source(*command, parsed->options);
  command->add_flag("--json", parsed->options.json, "the verdict as JSON");
  command->add_flag("--watch", parsed->options.watch,
                    "print a line whenever it changes, until interrupted");
  command
      ->add_option("--wait", parsed->wait_seconds,
                   "wait until it is known, at most so long (default: 0 with a daemon, 8 without)")
      ->check(check_wait)
      ->type_name("SECONDS");
  return {command, [parsed]() -> CommandLine { return finished(*parsed); }};
}

}  // namespace tierwatch
