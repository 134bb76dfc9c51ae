// SPDX-License-Identifier: MIT
#include "daemon/command_line/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

constexpr const char* kAbout =
    "tierwatch says which tier of a web stack is saturated, and on what.";

constexpr const char* kFooter = R"(
Examples:
  tierwatch daemon                      watch every known server, serve http://127.0.0.1:9718/metrics
  tierwatch top                         which tier is full, now, in this terminal
  tierwatch verdict                     the same in a few lines, and as an exit status
  tierwatch inside                      which function of the full tier, which line, waiting for whom
  tierwatch record -- wrk http://x/     run a load generator, record what limits it
  tierwatch report RUN.db               which tier limited that run, and what is next
  tierwatch compare A.db B.db           is B better, at the same load
  tierwatch trend runs/                 what changed over many runs, and since which
  tierwatch history                     what the daemon's history holds: runs, full tiers, gaps
  tierwatch mark 'cache cleared'        a note in the run under way and in the history
  tierwatch match                       which process belongs to which tier here, and why
  tierwatch check-config FILE           is this configuration good?
  tierwatch doctor                      what cannot be read here, and the command that fixes it

Options follow the command, before, between or behind its arguments.

Exit status: 0 done, 1 failed, 2 bad usage or configuration; of verdict also 3 (a tier is full) and
4 (not enough data); of compare and report also 3 (--fail-if holds), of report 4 (--fail-if cannot
be judged); of trend 3 (--fail-if-worse: a measure got worse); of doctor 1 (something is missing) and
2 (could not look); of record that of the command, 126 and 127 when it cannot be run.
)";

using Words = std::vector<std::string>;

/// The arguments as CLI11 shall see them. It takes "--" away; `compare` needs its place.
Words words_of(int argc, const char* const* argv) {
  Words words(argv + std::min(argc, 1), argv + argc);
  if (words.empty()) return words;
  if (words[0] == "compare") std::ranges::replace(words, std::string("--"), kGroupsEnd);
  if (words[0] != "help") return words;
  return words.size() == 1 ? Words{"--help"} : Words{words[1], "--help"};
}

Message bad_usage(const CLI::App* chosen, const std::string& problem) {
  const std::string name = "tierwatch" + (chosen ? " " + chosen->get_name() : "");
  return {.text = name + ": " + problem + "\nTry '" + name + " --help'.\n", .exit_status = 2};
}

const CLI::App* chosen_of(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? nullptr : chosen.front();
}

/// How the option called `name` ("--interval") was typed: "-d", "--delay".
std::string as_typed(const CLI::App& command, const std::string& name, const Words& words) {
  const CLI::Option* option = command.get_option_no_throw(name);
  if (!option) return name;
  Words names;
  for (const std::string& one : option->get_lnames()) names.push_back("--" + one);
  for (const std::string& one : option->get_snames()) names.push_back("-" + one);
  for (const std::string& word : words)
    for (const std::string& one : names)
      if (word == one || word.starts_with(one + "=") ||
          (one.size() == 2 && word.size() > 2 && word.starts_with(one)))
        return one;
  return name;
}

/// What CLI11 threw: a call for help or for the version, or what is wrong.
Message message_of(const CLI::App& app, const CLI::ParseError& error, const Words& words) {
  const CLI::App* chosen = chosen_of(app);
  const std::string extras = complaint_about_extras(app, chosen);
  std::ostringstream out, problem;
  const bool asked = app.exit(error, out, problem) == 0;
  // A command that does not exist has no help.
  if (asked && (chosen || extras.empty())) return {.text = out.str()};
  if (!extras.empty()) return bad_usage(chosen, extras);
  // "--wait: 1 required SECONDS missing"
  std::string said = error.what();
  if (const auto missing = said.find(": 1 required "); missing != said.npos)
    said = said.substr(0, missing) + " takes a value: " + said.substr(missing + 13);
  if (const std::string_view end = " missing";
      said.find(" takes a value: ") != said.npos && said.ends_with(end))
    said.resize(said.size() - end.size());
  if (!chosen) return bad_usage(chosen, "name a command");
  const std::size_t end = std::min(said.find(": "), said.find(" takes a value: "));
  const std::string name = said.substr(0, end);
  if (end != said.npos && name.starts_with('-'))
    said = as_typed(*chosen, name, words) + said.substr(end);
  return bad_usage(chosen, said);
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CLI::App app{kAbout, "tierwatch"};
  app.footer(kFooter);
  app.set_version_flag("-V,--version", "tierwatch " TIERWATCH_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  std::vector<Subcommand> commands;
  for (const auto add :
       {daemon_subcommand, top_subcommand, verdict_subcommand, inside_subcommand, record_subcommand,
        mark_subcommand, report_subcommand, compare_subcommand, trend_subcommand,
        history_subcommand, match_subcommand, check_config_subcommand, doctor_subcommand})
    commands.push_back(add(app));
  try {
    Words backwards = words_of(argc, argv);
    std::ranges::reverse(backwards);  // as CLI11 wants them
    app.parse(std::move(backwards));
  } catch (const CLI::ParseError& error) {
    return message_of(app, error, words_of(argc, argv));
  }
  const auto chosen = std::ranges::find_if(
      commands, [](const Subcommand& command) { return command.parser->parsed(); });
  try {
    return chosen->options();
  } catch (const BadUsage& problem) {
    return bad_usage(chosen->parser, problem.what());
  }
}

}  // namespace tierwatch
