// SPDX-License-Identifier: MIT
#include "daemon/command_line/command_line_parts.h"

#include <CLI/CLI.hpp>

#include <charconv>

#include "collectors/text/plain_words.h"
#include "config/values.h"
#include "daemon/feeds/remote_feed.h"
#include "daemon/sources/time_argument.h"

namespace tierwatch {
namespace {

constexpr const char* kConfigHelp =
    "configuration file (default: /etc/tierwatch/tierwatch.toml when it exists, else the built-in "
    "defaults)";

}  // namespace

std::string word_problem(const std::string& given, const std::vector<std::string>& words) {
  if (std::ranges::find(words, given) != words.end()) return "";
  const std::vector<std::string_view> candidates(words.begin(), words.end());
  const auto near = nearest(given, candidates);
  return "\"" + given + "\" is not one of " + joined(words, ", ") +
         (near ? "; did you mean " + std::string(*near) + "?" : "");
}

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& about) {
  CLI::App* command = app.add_subcommand(name, about);
  command->set_version_flag("-V,--version", "tierwatch " TIERWATCH_VERSION);
  command->footer("");
  return command;
}

void allow_only(CLI::Option& option, const std::vector<std::string>& words) {
  option.check(CLI::Validator([words](std::string& text) { return word_problem(text, words); },
                              "{" + joined(words, ",") + "}"));
}

std::string format_of(bool json, const std::string& named) {
  if (json && !named.empty() && named != "json")
    throw BadUsage("--json is --format json: it cannot go with --format " + named);
  return json ? "json" : named.empty() ? "text" : named;
}

void add_config(CLI::App& command, std::optional<std::filesystem::path>& config) {
  command.add_option("-c,--config,--config.file", config, kConfigHelp)->type_name("FILE");
}

void add_source(CLI::App& command, SourceOptions& source) {
  command.add_flag("--attach", source.attach, "ask a running daemon, or fail");
  command.add_flag("--standalone", source.standalone, "sample here, even if a daemon runs");
  command
      .add_option("--url", source.url,
                  "daemon to attach to, such as https://user@host:9718; the password comes from "
                  "TIERWATCH_PASSWORD, ~/.netrc or the terminal")
      ->check(url_problem)
      ->type_name("URL");
  command.add_option("--ca,--cacert,--ca-file", source.ca_file, "certificates to trust for https")
      ->type_name("FILE");
  command.add_flag("-k,--insecure", source.insecure, "trust any certificate");
  add_config(command, source.config);
}

void check_source(const SourceOptions& source) {
  if (source.standalone && (source.attach || !source.url.empty()))
    throw BadUsage("--standalone samples here: it cannot go with --attach or --url");
  if (!source.ca_file.empty() && !source.url.starts_with("https://"))
    throw BadUsage("--ca is for --url https://...");
  if (source.insecure && !source.url.starts_with("https://"))
    throw BadUsage("--insecure is for --url https://...");
}

std::optional<std::chrono::system_clock::time_point> read_moment(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto moment = parse_moment(text, std::chrono::system_clock::now());
  if (!moment)
    throw BadUsage("\"" + text +
                   "\" is not a valid time; write it like 14:05, \"2026-11-21 14:05:30\", "
                   "2026-11-21T14:05:30Z, 2026-11-21, -20m, now or @1760000000");
  return moment;
}

std::string check_interval(const std::string& text) {
  const auto interval = parse_duration(text);
  if (interval && *interval >= kLeastInterval && *interval <= kMostInterval) return "";
  const std::string bounds =
      "it may be " + format_duration(kLeastInterval) + " to " + format_duration(kMostInterval);
  return "\"" + text +
         (interval ? "\" is out of range; " + bounds
                   : "\" is not a valid duration; write it like 200ms, 1s or 2m; " + bounds);
}

std::function<std::string(const std::string&)> whole_number_check(std::int64_t least,
                                                                  std::int64_t most) {
  return [least, most](const std::string& text) -> std::string {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (stop != end || (error != std::errc{} && error != std::errc::result_out_of_range))
      return "\"" + text + "\" is not a whole number";
    if (error == std::errc{} && number >= least && number <= most) return "";
    return text + " is out of range; it may be " + std::to_string(least) + " to " +
           std::to_string(most);
  };
}

}  // namespace tierwatch
