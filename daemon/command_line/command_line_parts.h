// SPDX-License-Identifier: MIT
//
// What the files of the command line share: command_line.cpp parses, one command_line_NAME.cpp
// declares the options of each subcommand. Only command_line*.cpp include CLI11.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "daemon/command_line/command_line.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace tierwatch {

/// Arguments that are each valid but do not fit together. what() is for people.
class BadUsage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One subcommand: its parser, and the values behind what was parsed.
struct Subcommand {
  CLI::App* parser;
  std::function<CommandLine()> options;  ///< throws BadUsage
};

Subcommand daemon_subcommand(CLI::App& app);
Subcommand top_subcommand(CLI::App& app);
Subcommand verdict_subcommand(CLI::App& app);
Subcommand record_subcommand(CLI::App& app);
Subcommand mark_subcommand(CLI::App& app);
Subcommand report_subcommand(CLI::App& app);
Subcommand compare_subcommand(CLI::App& app);
Subcommand history_subcommand(CLI::App& app);
Subcommand trend_subcommand(CLI::App& app);
Subcommand inside_subcommand(CLI::App& app);
Subcommand match_subcommand(CLI::App& app);
Subcommand check_config_subcommand(CLI::App& app);
Subcommand doctor_subcommand(CLI::App& app);

/// Stands in the list of runs of `compare` where "--" was typed. No argument of a program can hold
/// a zero byte (execve(2)), so no file has this name.
inline const std::string kGroupsEnd{"\0--", 3};

/// A subcommand with what all have.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& about);

/// An option that takes one of a few words; another word is answered with the nearest.
void allow_only(CLI::Option& option, const std::vector<std::string>& words);

/// What is wrong with a word that shall be one of a few, the nearest of them included; or nothing.
std::string word_problem(const std::string& given, const std::vector<std::string>& words);

/// The format that was named, else text; `--json` is `--format json`. BadUsage when both were given
/// and differ.
std::string format_of(bool json, const std::string& named);

void add_config(CLI::App& command, std::optional<std::filesystem::path>& config);
/// Where snapshots come from, for the commands that show them.
void add_source(CLI::App& command, SourceOptions& source);
/// Throws BadUsage when the options of add_source() contradict each other.
void check_source(const SourceOptions& source);

/// "200ms", "1s", "2m" as in the configuration file; what is wrong with another text.
std::string check_interval(const std::string& text);

/// A check for whole numbers from `least` to `most`: what is wrong with a text, or nothing.
std::function<std::string(const std::string&)> whole_number_check(std::int64_t least,
                                                                  std::int64_t most);

/// A time as `--from` takes it; absent: it was not given. Throws BadUsage.
std::optional<std::chrono::system_clock::time_point> read_moment(const std::string& text);

/// Why the words that no option took are wrong; empty when all were taken. `chosen` is the
/// subcommand, null when none was named.
std::string complaint_about_extras(const CLI::App& app, const CLI::App* chosen);

}  // namespace tierwatch
