// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>

#include "collectors/text/plain_words.h"
#include "config/values.h"
#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

struct ParsedTop {
  TopOptions options;
  std::string interval;
  std::optional<std::string> columns;
  bool no_color = false;
};

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kProcessColumns; ++i)
    names.emplace_back(to_string(static_cast<ProcessColumn>(i)));
  return names;
}

void add_output(CLI::App& command, TopOptions& top) {
  command.add_flag("--once", top.once,
                   "print one view as text after two samples (default for pipes)");
  command.add_flag("-b,--batch", top.batch, "print views as text, one after the other");
  command.add_option("-n", top.count, "how many, then end")
      ->check(whole_number_check(1, 1'000'000'000))
      ->type_name("N");
  command.add_flag("--json", top.json, "print snapshots as JSON, one a line");
}

/// Short names are those of htop(1).
void add_view(CLI::App& command, ParsedTop& parsed) {
  TopOptions& top = parsed.options;
  command
      .add_option("--replay", top.replay,
                  "play a recording: of `tierwatch record`, or the daemon's history")
      ->type_name("FILE");
  command
      .add_option("--history", top.history,
                  "look back in this history (default: that of the daemon it attaches to)")
      ->type_name("FILE");
  command.add_option("--tier", top.tiers, "show only this tier; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("-F,--filter", top.filter, "list only processes that match; a|b for either")
      ->type_name("TEXT");
  command.add_option("-u,--user", top.user, "list only processes of this user")->type_name("USER");
  command
      .add_option("--columns", parsed.columns,
                  "columns of the processes, as in pid,cpu,MEM/T=rss/threads,title")
      ->type_name("LIST");
  // The names are for the help and the completions: one of --columns will do, too.
  command
      .add_option("-s,--sort,--sort-key", top.sort,
                  "column that sorts the processes (default: cpu)")
      ->type_name("COLUMN")
      ->check(CLI::Validator([](std::string&) { return std::string(); },
                             "{" + joined(column_names(), ",") + "}"));
  command.add_flag("--invert", top.invert, "sort the other way round");
  command.add_flag("--all", top.all, "list processes of no tier, too");
  command.add_flag("-t,--tree", top.tree, "list the processes as a tree");
  command.add_option("-d,--interval,--delay", parsed.interval, "time between views (default: 1s)")
      ->check(check_interval)
      ->type_name("DURATION");
  allow_only(*command.add_option("--palette", top.palette, "classic, colorblind or mono")
                  ->type_name("NAME"),
             {"classic", "colorblind", "mono"});
  command.add_flag("-C,--no-color", parsed.no_color, "the same as --palette mono");
  command.add_flag("--ascii", top.ascii, "draw with ASCII characters only");
}

void read_columns(ParsedTop& parsed) {
  if (parsed.columns) {
    const auto columns = parse_columns(*parsed.columns);
    if (const auto* problem = std::get_if<ColumnProblem>(&columns))
      throw BadUsage("--columns: " + problem_words(*parsed.columns, *problem));
    parsed.options.columns = std::get<ColumnList>(columns);
  }
  std::vector<std::string> names = column_names();
  for (const ViewColumn& column : parsed.options.columns) names.emplace_back(name_of(column));
  const std::string problem =
      parsed.options.sort.empty() ? "" : word_problem(parsed.options.sort, names);
  if (!problem.empty()) throw BadUsage("--sort: " + problem);
}

TopOptions finished(ParsedTop parsed) {
  TopOptions& top = parsed.options;
  if (!parsed.interval.empty()) top.interval = parse_duration(parsed.interval);
  if (parsed.no_color) top.palette = "mono";
  if (top.once && top.batch)
    throw BadUsage("--once prints one view and --batch goes on: which of them?");
  read_columns(parsed);
  if (top.json && top.columns.empty() &&
      (!top.tiers.empty() || !top.filter.empty() || !top.user.empty()))
    throw BadUsage(
        "--json prints whole snapshots: it cannot go with --tier, --filter or --user, but beside "
        "--columns");
  check_source(top);
  if (top.replay && (top.attach || top.standalone || !top.url.empty()))
    throw BadUsage("--replay plays a file: it cannot go with --attach, --standalone or --url");
  if (top.history && (top.once || top.batch || top.json))
    throw BadUsage(
        "--history is what the view looks back in: --once, --batch and --json look at now; "
        "to print a history, --replay it");
  if (top.replay && top.history)
    throw BadUsage("--replay plays a recording itself: it cannot go with --history");
  return std::move(top);
}

}  // namespace

Subcommand top_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedTop>();
  CLI::App* command =
      add_command(app, "top", "show in this terminal which tier is full, and its processes");
  add_source(*command, parsed->options);
  add_output(*command, parsed->options);
  add_view(*command, *parsed);
  return {command, [parsed]() -> CommandLine { return finished(*parsed); }};
}

}  // namespace tierwatch
