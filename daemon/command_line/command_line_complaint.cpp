// SPDX-License-Identifier: MIT
//
// What to say to a word that is no command and no option: which one was likely meant, and where it
// belongs.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>

#include "collectors/text/plain_words.h"
#include "config/values.h"
#include "daemon/command_line/command_line_parts.h"

namespace tierwatch {
namespace {

bool is_option(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

/// "--sort=cpu" and "--sort" are "sort", "-n" is "n".
std::string plain_name(const std::string& word) {
  const std::size_t begin = word.find_first_not_of('-');
  if (begin == std::string::npos) return "";
  return word.substr(begin, word.find('=') - begin);
}

/// Names of a command's options, without dashes.
std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
    names.insert(names.end(), option->get_snames().begin(), option->get_snames().end());
  }
  return names;
}

bool has_option(const CLI::App& command, const std::string& name) {
  return std::ranges::count(option_names(command), name) > 0;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> commands_with(const CLI::App& app, const std::string& option) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app))
    if (has_option(*command, option)) names.push_back(command->get_name());
  return names;
}

std::optional<std::string> nearest_option(const CLI::App& command, const std::string& name) {
  const std::vector<std::string> names = option_names(command);
  std::vector<std::string_view> candidates;
  for (const std::string& candidate : names)  // every letter is near to every other
    if (candidate.size() > 1) candidates.push_back(candidate);
  if (name.size() == 1) {  // -v for -V
    const unsigned char letter = static_cast<unsigned char>(name[0]);
    const std::string other(
        1, static_cast<char>(std::islower(letter) ? std::toupper(letter) : std::tolower(letter)));
    return has_option(command, other) ? std::optional("-" + other) : std::nullopt;
  }
  if (name.empty()) return std::nullopt;
  const auto near = nearest(name, candidates);
  return near ? std::optional("--" + std::string(*near)) : std::nullopt;
}

/// An option that `command` does not have.
std::string about_option(const CLI::App& app, const CLI::App& command, const std::string& word) {
  const std::string name = plain_name(word);
  const std::string typed = word.substr(0, word.find('='));
  const auto others = commands_with(app, name);
  const auto near = nearest_option(command, name);
  std::string hint;
  if (!others.empty()) hint = "; it is an option of " + listed(others);
  if (near) hint += (hint.empty() ? "; did you mean " : ", or did you mean ") + *near + "?";
  return "unknown option " + typed + hint;
}

std::string about_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(app)) names.push_back(command->get_name());
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  if (has_option(app, word))
    return "unknown command \"" + word + "\"; did you mean --" + word + "?";
  const auto near = nearest(word, candidates);
  return "unknown command \"" + word + "\"" +
         (near ? "; did you mean " + std::string(*near) + "?"
               : "; the commands are " + listed(names));
}

/// What stands before a command that has it.
std::string about_misplaced(const CLI::App& app, const CLI::App& command, const std::string& word) {
  if (!is_option(word)) return about_command(app, word);
  const std::string name = plain_name(word);
  if (!has_option(command, name)) return about_option(app, command, word);
  return "options follow the command: tierwatch " + command.get_name() + " " + word;
}

/// The first word that was left over; empty when there is none.
std::string first_left(const CLI::App& command) {
  for (const std::string& word : command.remaining())
    if (word != "--") return word;
  return "";
}

}  // namespace

std::string complaint_about_extras(const CLI::App& app, const CLI::App* chosen) {
  const std::string before = first_left(app);
  if (!chosen) {
    if (before.empty()) return "";
    return is_option(before) ? about_option(app, app, before) : about_command(app, before);
  }
  const std::string within = first_left(*chosen);
  if (within.empty()) return before.empty() ? "" : about_misplaced(app, *chosen, before);
  if (is_option(within)) return about_option(app, *chosen, within);
  return "unexpected argument \"" + within + "\"";
}

}  // namespace tierwatch
