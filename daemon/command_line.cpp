// SPDX-License-Identifier: MIT
#include "daemon/command_line.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <map>

#include "config/values.h"
#include "daemon/command_line_reports.h"
#include "daemon/remote_feed.h"

namespace tierwatch {
namespace {

constexpr const char* kAbout =
    "tierwatch tells which tier of a web stack is saturated, and on what.";

constexpr const char* kFooter = R"(
Examples:
  tierwatch daemon                      watch every known server, serve http://127.0.0.1:9718/metrics
  tierwatch top                         which tier is full, now, in this terminal
  tierwatch verdict                     the same in a few lines, and as an exit status
  tierwatch record -- wrk http://x/     run a load generator, record what limits it
  tierwatch report RUN.db               which tier limited that run, and what is next
  tierwatch compare A.db B.db           is B better, at the same load
  tierwatch mark 'cache cleared'        a note in the run under way and in the history
  tierwatch match                       which process belongs to which tier here, and why
  tierwatch check-config FILE           is this configuration good?

Exit status: 0 done, 1 failed, 2 bad usage or configuration; of verdict also 3 (a tier is full) and
4 (not enough data).
)";

constexpr const char* kConfigHelp =
    "configuration file (default: /etc/tierwatch/tierwatch.toml when it exists, else the built-in "
    "defaults)";

/// "200ms", "1s", "2m" as in the configuration file.
std::string check_interval(const std::string& text) {
  const auto interval = parse_duration(text);
  if (!interval) return "\"" + text + "\" is no duration; write it like 200ms, 1s or 2m";
  if (*interval >= kLeastInterval && *interval <= kMostInterval) return "";
  return "\"" + text + "\" is out of range; it may be " + format_duration(kLeastInterval) + " to " +
         format_duration(kMostInterval);
}

std::string check_listen_address(const std::string& text) {
  const auto problem = listen_address_problem(text);
  return problem ? "\"" + text + "\" cannot be listened on: " + *problem : "";
}

/// Everything CLI11 fills in; only the part of the chosen subcommand is used.
struct Parsed {
  DaemonOptions daemon;
  std::string interval;
  TopOptions top;
  std::string top_interval;
  VerdictOptions verdict;
  std::optional<double> wait_seconds;
  RecordOptions record;
  std::string record_interval, record_around;
  MarkOptions mark;
  ParsedReports reports;
  MatchOptions match;
  CheckConfigOptions check_config;
};

CLI::App* add_daemon(CLI::App& app, Parsed& parsed) {
  CLI::App* command =
      app.add_subcommand("daemon", "watch the tiers and serve what is seen until told to stop");
  command->add_option("-c,--config,--config.file", parsed.daemon.config, kConfigHelp)
      ->type_name("FILE");
  command
      ->add_option("--web.listen-address", parsed.daemon.listen_addresses,
                   "HOST:PORT, :PORT or unix:/PATH to serve on; may be repeated (default: "
                   "127.0.0.1:9718 and "
                   "unix:/run/tierwatch/tierwatch.sock where /run/tierwatch exists)")
      ->check(check_listen_address)
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  command->add_option("--log.level", parsed.daemon.log_level, "how much to log (default: info)")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->type_name("LEVEL");
  command
      ->add_option("--interval", parsed.interval,
                   "time between samples, such as 200ms or 1s (default: 1s)")
      ->check(check_interval)
      ->type_name("DURATION");
  command->footer("");
  return command;
}

std::vector<std::string> column_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kProcessColumns; ++i)
    names.emplace_back(to_string(static_cast<ProcessColumn>(i)));
  return names;
}

/// Where snapshots come from, for the commands that show them.
template <class Options>
void add_source(CLI::App& command, Options& options) {
  command.add_flag("--attach", options.attach, "only with a running daemon");
  command.add_flag("--standalone", options.standalone, "sample here, whether a daemon runs or not");
  command
      .add_option("--url", options.url,
                  "daemon to attach to, such as https://user@host:9718; the password comes from "
                  "TIERWATCH_PASSWORD, ~/.netrc or the terminal")
      ->check(url_problem)
      ->type_name("URL");
  command.add_option("--ca,--cacert,--ca-file", options.ca_file, "certificates to trust for https")
      ->type_name("FILE");
  command.add_flag("-k,--insecure", options.insecure, "trust any certificate");
  command.add_option("-c,--config,--config.file", options.config, kConfigHelp)->type_name("FILE");
}

void add_top_output(CLI::App& command, Parsed& parsed) {
  TopOptions& top = parsed.top;
  command.add_flag("--once", top.once,
                   "print one view as text after two samples (default for pipes)");
  command.add_flag("-b,--batch", top.batch, "print views as text, one after the other");
  command.add_option("-n", top.count, "how many, then end")
      ->check(CLI::Range(1, 1'000'000'000))
      ->type_name("N");
  command.add_flag("--json", top.json, "print snapshots as JSON, one a line");
}

void add_top_view(CLI::App& command, Parsed& parsed) {
  TopOptions& top = parsed.top;
  command
      .add_option("--replay", top.replay,
                  "play a recording: of `tierwatch record`, or the daemon's history")
      ->type_name("FILE");
  command.add_option("--tier", top.tiers, "show only this tier; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--filter", top.filter, "list only processes that match; a|b for either")
      ->type_name("TEXT");
  command.add_option("--sort", top.sort, "column that sorts the processes (default: cpu)")
      ->check(CLI::IsMember(column_names()))
      ->type_name("COLUMN");
  command.add_option("-d,--interval", parsed.top_interval, "time between views (default: 1s)")
      ->check(check_interval)
      ->type_name("DURATION");
  command.add_option("--palette", top.palette, "classic, colorblind or mono")
      ->check(CLI::IsMember({"classic", "colorblind", "mono"}))
      ->type_name("NAME");
  command.add_flag("--ascii", top.ascii, "draw with ASCII characters only");
}

/// What cannot be meant together; empty when all is well.
template <class Options>
std::string source_problem(const Options& options) {
  if (options.standalone && (options.attach || !options.url.empty()))
    return "--standalone samples here: it cannot go with --attach or --url";
  if (!options.ca_file.empty() && !options.url.starts_with("https://"))
    return "--ca is for --url https://...";
  if (options.insecure && !options.url.starts_with("https://"))
    return "--insecure is for --url https://...";
  return "";
}

Message bad_usage(const std::string& problem) {
  return {.text = problem + "\nRun with --help for more information.\n", .exit_status = 2};
}

CLI::App* add_top(CLI::App& app, Parsed& parsed) {
  CLI::App* command =
      app.add_subcommand("top", "show in this terminal which tier is full, and its processes");
  add_source(*command, parsed.top);
  add_top_output(*command, parsed);
  add_top_view(*command, parsed);
  command->footer("");
  return command;
}

std::string check_wait(const std::string& text) {
  constexpr double kLongestWait = 86400;
  double seconds = -1;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (error == std::errc{} && rest == end && seconds >= 0 && seconds <= kLongestWait) return "";
  return "\"" + text + "\" is no number of seconds from 0 to 86400";
}

CLI::App* add_verdict(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand(
      "verdict",
      "say which tier is full and how that is known; exit status 0 none, 3 one is, 4 not known");
  add_source(*command, parsed.verdict);
  command->add_flag("--json", parsed.verdict.json, "the verdict as JSON");
  command->add_flag("--watch", parsed.verdict.watch,
                    "print a line whenever it changes, until interrupted");
  command
      ->add_option("--wait", parsed.wait_seconds,
                   "wait until it is known, at most so long (default: 0 with a daemon, 8 without)")
      ->check(check_wait)
      ->type_name("SECONDS");
  command->footer("");
  return command;
}

/// "0s" to "1m".
std::string check_around(const std::string& text) {
  const auto around = parse_duration(text);
  return around && *around <= std::chrono::minutes(1)
             ? ""
             : "\"" + text + "\" is no duration of at most 1m; write it like 2s or 500ms";
}

CLI::App* add_record(CLI::App& app, Parsed& parsed) {
  RecordOptions& record = parsed.record;
  CLI::App* command =
      app.add_subcommand("record", "run a load generator and record what the tiers do meanwhile");
  command->add_option("-n,--name", record.name, "what to call this run")->type_name("NAME");
  command
      ->add_option("-o,--output", record.output,
                   "file to record to (default: tierwatch-NAME-DATE-TIME.db)")
      ->type_name("FILE");
  command
      ->add_option(
          "-l,--load", record.loads,
          "file the load generator writes, kept with the run; may be repeated; FORMAT: may "
          "be left out")
      ->type_name("FORMAT:FILE")
      ->allow_extra_args(false);
  command
      ->add_option("-i,--interval", parsed.record_interval, "time between samples (default: 200ms)")
      ->check(check_interval)
      ->type_name("DURATION");
  command
      ->add_option("--around", parsed.record_around,
                   "how long to record before and after the run (default: 2s)")
      ->check(check_around)
      ->type_name("DURATION");
  command->add_flag("--no-capture", record.leave_output,
                    "leave the program's stdout alone, do not keep what it prints");
  command->add_option("-c,--config,--config.file", record.config, kConfigHelp)->type_name("FILE");
  command->add_option("COMMAND", record.command, "the load generator, after --")
      ->required()
      ->type_name("");
  command->footer(
      "The exit status is that of COMMAND; 127 when it is not found, 126 when it cannot be run.");
  return command;
}

CLI::App* add_mark(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand(
      "mark", "put a note on the time axis of the run under way and of the daemon's history");
  command->add_option("TEXT", parsed.mark.text, "the note")->required()->type_name("");
  command->footer("");
  return command;
}

std::string verdict_problem(const VerdictOptions& verdict) {
  if (verdict.watch && verdict.wait)
    return "--watch goes on until interrupted: --wait is without use";
  return source_problem(verdict);
}

CLI::App* add_match(CLI::App& app, Parsed& parsed) {
  CLI::App* command = app.add_subcommand(
      "match", "show which process belongs to which tier on this machine, and why");
  command->add_option("-c,--config,--config.file", parsed.match.config, kConfigHelp)
      ->type_name("FILE");
  command->add_flag("-a,--all", parsed.match.all, "also show the processes that belong to no tier");
  command->footer("");
  return command;
}

CLI::App* add_check_config(CLI::App& app, Parsed& parsed) {
  CLI::App* command =
      app.add_subcommand("check-config", "say whether a configuration file can be used");
  command->add_option("FILE", parsed.check_config.file, "the file")->required()->type_name("");
  command->footer("");
  return command;
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CLI::App app{kAbout, "tierwatch"};
  app.footer(kFooter);
  app.set_version_flag("-V,--version", "tierwatch " TIERWATCH_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  Parsed parsed;
  const CLI::App* daemon = add_daemon(app, parsed);
  const CLI::App* top = add_top(app, parsed);
  const CLI::App* verdict = add_verdict(app, parsed);
  const CLI::App* record = add_record(app, parsed);
  const CLI::App* mark = add_mark(app, parsed);
  const CLI::App* report = add_report(app, parsed.reports);
  const CLI::App* compare = add_compare(app, parsed.reports);
  const CLI::App* match = add_match(app, parsed);
  add_check_config(app, parsed);
  try {
    const auto arguments = arguments_for_parser(argc, argv);
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, problem;
    if (app.exit(error, out, problem) == 0) return Message{.text = out.str()};
    return Message{.text = problem.str(), .exit_status = 2};
  }
  if (daemon->parsed()) {
    if (!parsed.interval.empty()) parsed.daemon.interval = parse_duration(parsed.interval);
    return parsed.daemon;
  }
  if (top->parsed()) {
    if (!parsed.top_interval.empty()) parsed.top.interval = parse_duration(parsed.top_interval);
    if (const auto problem = source_problem(parsed.top); !problem.empty())
      return bad_usage(problem);
    if (parsed.top.replay &&
        (parsed.top.attach || parsed.top.standalone || !parsed.top.url.empty()))
      return bad_usage("--replay plays a file: it cannot go with --attach, --standalone or --url");
    return parsed.top;
  }
  if (verdict->parsed()) {
    if (parsed.wait_seconds)
      parsed.verdict.wait = std::chrono::milliseconds(std::llround(*parsed.wait_seconds * 1000));
    if (const auto problem = verdict_problem(parsed.verdict); !problem.empty())
      return bad_usage(problem);
    return parsed.verdict;
  }
  if (record->parsed()) {
    parsed.record.interval =
        parse_duration(parsed.record_interval).value_or(parsed.record.interval);
    parsed.record.around = parse_duration(parsed.record_around).value_or(parsed.record.around);
    return parsed.record;
  }
  if (mark->parsed()) return parsed.mark;
  if (report->parsed()) {
    if (const auto problem = finish_report(parsed.reports); !problem.empty())
      return bad_usage(problem);
    return parsed.reports.report;
  }
  if (compare->parsed()) {
    const auto after_dashes = arguments_after_dashes(argc, argv);
    if (const auto problem = finish_compare(parsed.reports, after_dashes); !problem.empty())
      return bad_usage(problem);
    return parsed.reports.compare;
  }
  if (match->parsed()) return parsed.match;
  return parsed.check_config;
}

}  // namespace tierwatch
