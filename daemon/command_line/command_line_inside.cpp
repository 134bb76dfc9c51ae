// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "config/values.h"
#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

struct Parsed {
  InsideOptions options;
  std::string duration;
};

std::string check_duration(const std::string& text) {
  const auto duration = parse_duration(text);
  if (!duration) return "\"" + text + "\" is not a valid duration; write it like 500ms, 5s or 2m";
  if (*duration >= kShortestInside && *duration <= kLongestInside) return "";
  return "\"" + text + "\" is out of range; it may be " + format_duration(kShortestInside) +
         " to " + format_duration(kLongestInside);
}

InsideOptions finished(Parsed parsed) {
  InsideOptions& inside = parsed.options;
  if (!parsed.duration.empty()) inside.duration = *parse_duration(parsed.duration);
  check_source(inside);
  return std::move(inside);
}

}  // namespace

Subcommand inside_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<Parsed>();
  InsideOptions& inside = parsed->options;
  CLI::App* command = add_command(
      app, "inside",
      "show which functions or statements of a tier its time goes to, without stopping it");
  command->add_option("TIER", inside.tier,
                      "the tier (default: the one that is full, else the busiest Python tier)");
  command->add_option("--for", parsed->duration, "how long to look (default: 5s)")
      ->check(check_duration)
      ->type_name("DURATION");
  command->add_option("--hz", inside.hz, "how often a second, at most (default: 50)")
      ->check(whole_number_check(1, kMostHz))
      ->type_name("N");
  command->add_flag("--literals", inside.literals,
                    "show the values in statements of a database, instead of ?");
  command->add_flag("--json", inside.json, "the answer as JSON");
  command->add_option("--flame", inside.flame, "also write a flame graph")->type_name("FILE.svg");
  command->add_option("--speedscope", inside.speedscope, "also write all stacks for speedscope")
      ->type_name("FILE");
  add_source(*command, inside);
  return {command, [parsed]() -> CommandLine { return finished(*parsed); }};
}

}  // namespace tierwatch
