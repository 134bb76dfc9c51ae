// SPDX-License-Identifier: MIT
//
// Two runs, or two groups of runs. Options stand anywhere among them, so the groups are told by
// name (--baseline) or by the place of "--" in the list of runs, never by counting arguments.
#include <CLI/CLI.hpp>

#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

using Runs = std::vector<std::string>;

struct ParsedCompare {
  CompareOptions options;
  Runs baseline;
  Runs runs;  ///< with kGroupsEnd where "--" stood
  std::optional<std::string> fail_if;
  std::string format;
  bool json = false;
};

constexpr const char* kSeveral = "A1 A2 -- B1 B2, or --baseline A1 --baseline A2 B1 B2";

/// The runs between one "--" and the next.
std::vector<Runs> groups_of(const Runs& runs) {
  std::vector<Runs> groups(1);
  for (const std::string& run : runs) {
    if (run == kGroupsEnd)
      groups.emplace_back();
    else
      groups.back().push_back(run);
  }
  // "--" before the first run only ends the options.
  if (groups.size() > 1 && groups.front().empty()) groups.erase(groups.begin());
  return groups;
}

/// A and B, neither of them empty.
std::pair<Runs, Runs> two_groups(const ParsedCompare& parsed) {
  std::vector<Runs> groups = groups_of(parsed.runs);
  if (!parsed.baseline.empty()) {
    if (groups.size() > 1) throw BadUsage("the runs of A follow --baseline: leave out --");
    if (groups[0].empty()) throw BadUsage("name the run to compare with the baseline");
    return {parsed.baseline, groups[0]};
  }
  if (groups.size() > 2)
    throw BadUsage(std::string("-- stands once, between the groups: ") + kSeveral);
  if (groups.size() == 2) {
    if (groups[1].empty()) throw BadUsage("there is no run after --");
    return {groups[0], groups[1]};
  }
  if (groups[0].size() < 2) throw BadUsage("name two runs: A B");
  if (groups[0].size() > 2)
    throw BadUsage("which of these runs are A, which B? Write " + std::string(kSeveral));
  return {{groups[0][0]}, {groups[0][1]}};
}

CompareOptions finished(ParsedCompare parsed) {
  CompareOptions& compare = parsed.options;
  const auto [a, b] = two_groups(parsed);
  compare.a.assign(a.begin(), a.end());
  compare.b.assign(b.begin(), b.end());
  compare.format = format_of(parsed.json, parsed.format);
  if (!parsed.fail_if) return std::move(compare);
  const auto condition = parse_fail_if(*parsed.fail_if);
  if (const auto* problem = std::get_if<std::string>(&condition)) throw BadUsage(*problem);
  compare.fail_if = std::get<FailIf>(condition);
  return std::move(compare);
}

}  // namespace

Subcommand compare_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedCompare>();
  CLI::App* command =
      add_command(app, "compare", "say whether run B is better than run A, at matched load");
  command
      ->add_option("-b,--baseline", parsed->baseline,
                   "a run of group A; may be repeated: then every RUN is of group B")
      ->type_name("RUN")
      ->allow_extra_args(false);
  command->add_option("RUN", parsed->runs, "A B; of several, A1 A2 -- B1 B2")->type_name("");
  command
      ->add_option("--fail-if", parsed->fail_if,
                   "exit with 3 when this holds: 'ceiling < -5%', 'p95 > +10% or errors > 1%'")
      ->type_name("CONDITION");
  allow_only(*command->add_option("--format", parsed->format, "text, md or json (default: text)")
                  ->type_name("FORMAT"),
             {"text", "md", "json"});
  command->add_flag("--json", parsed->json, "the same as --format json");
  return {command, [parsed]() -> CommandLine { return finished(*parsed); }};
}

}  // namespace tierwatch
