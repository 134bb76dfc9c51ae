// SPDX-License-Identifier: MIT
#include "collectors/loads/load_plan.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "collectors/loads/reading/number_text.h"
#include "collectors/loads/reading/summary_text.h"

namespace tierwatch {
namespace {

using Sending = LoadPlan::Sending;
using Words = std::vector<std::string>;

/// What the option of a rate means.
struct PlanOfTool {
  std::string_view tool;
  Sending sending = Sending::kUnknown, with_rate = Sending::kUnknown;
  std::array<std::string_view, 2> rate{}, connections{};  ///< option, in its short and long form
  bool each_connection = false;                           ///< the rate is of one connection
  double default_connections = 0;
  std::string_view subcommand{};            ///< that sends; its other ones do not count
  std::string_view corrected_unless = "-";  ///< latency from due times, unless this option is given
};

constexpr PlanOfTool kPlans[] = {
    {.tool = "wrk", .sending = Sending::kWaits},
    {.tool = "wrk2",
     .sending = Sending::kSchedule,
     .with_rate = Sending::kSchedule,
     .rate = {"-R", "--rate"},
     .corrected_unless = ""},
    {.tool = "ab", .sending = Sending::kWaits},
    {.tool = "siege", .sending = Sending::kWaits},
    {.tool = "hey",
     .sending = Sending::kWaits,
     .with_rate = Sending::kPaced,
     .rate = {"-q", "--q"},
     .connections = {"-c", "--c"},
     .each_connection = true,
     .default_connections = 50},
    {.tool = "oha",
     .sending = Sending::kWaits,
     .with_rate = Sending::kPaced,
     .rate = {"-q", "--query-per-second"},
     .connections = {"-c", "--connections"},
     .default_connections = 50},
    {.tool = "autocannon",
     .sending = Sending::kWaits,
     .with_rate = Sending::kPaced,
     .rate = {"-R", "--overallRate"},
     .connections = {"-c", "--connections"},
     .default_connections = 10,
     .corrected_unless = "-C"},
    {.tool = "vegeta",
     .sending = Sending::kSchedule,
     .with_rate = Sending::kSchedule,
     .rate = {"-rate", "--rate"},
     .subcommand = "attack"},
    {.tool = "phout", .sending = Sending::kSchedule},
    {.tool = "artillery", .sending = Sending::kSchedule},
};

/// Takes one word of a shell off the text; absent at its end. An operator is a word of its own.
std::optional<std::string> take_shell_word(std::string_view& text) {
  constexpr std::string_view kOperators = ";|&\n";
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (kOperators.find(text.front()) != kOperators.npos) {
    text.remove_prefix(1);
    return ";";
  }
  std::string word;
  char quote = 0;
  for (; !text.empty(); text.remove_prefix(1)) {
    const char c = text.front();
    if (quote == 0 && (c == ' ' || c == '\t' || kOperators.find(c) != kOperators.npos)) break;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote != '\'' && text.size() > 1) {
      text.remove_prefix(1);
      word += text.front();
    } else {
      word += c;
    }
  }
  return word;
}

/// The words of a command; those of a script behind `-c` (sh -c "wrk …") in its place.
Words shell_words(std::string_view text, int depth = 0) {
  Words words;
  while (const auto word = take_shell_word(text)) {
    const bool behind_c = !words.empty() && words.back().starts_with('-') &&
                          words.back().size() <= 4 && words.back().ends_with('c');
    const bool script = behind_c && depth < 3 && word->find_first_of(" \t\n") != word->npos;
    if (!script) {
      words.push_back(*word);
      continue;
    }
    words.emplace_back(";");
    for (std::string& inner : shell_words(*word, depth + 1)) words.push_back(std::move(inner));
    words.emplace_back(";");
  }
  return words;
}

std::string_view program_name(std::string_view word) {
  const auto slash = word.rfind('/');
  return slash == word.npos ? word : word.substr(slash + 1);
}

/// The arguments of each call of that tool.
std::vector<Words> calls_of(const Words& words, const PlanOfTool& known) {
  std::vector<Words> found;
  for (auto word = words.begin(); word != words.end(); ++word) {
    const std::string_view name = program_name(*word);
    if (name != known.tool && !(known.tool == "wrk2" && name == "wrk")) continue;
    Words arguments(word + 1, std::find(word, words.end(), ";"));
    if (!known.subcommand.empty() && (arguments.empty() || arguments[0] != known.subcommand))
      continue;
    found.push_back(std::move(arguments));
  }
  return found;
}

/// What stands behind an option: `-R 2000`, `-R2000`, `--rate 2000`, `--rate=2000`.
std::optional<std::string> value_of(const Words& arguments,
                                    std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < arguments.size(); ++i)
    for (const std::string_view name : names) {
      if (name.empty() || !std::string_view(arguments[i]).starts_with(name)) continue;
      const std::string rest = arguments[i].substr(name.size());
      if (rest.starts_with('=')) return rest.substr(1);
      if (name.size() == 2 && rest.find_first_of("0123456789") == 0) return rest;
      if (rest.empty() && i + 1 < arguments.size()) return arguments[i + 1];
    }
  return std::nullopt;
}

/// "2000", "2k", "100/1s", "50/m" (vegeta), each a second.
std::optional<double> rate_of(std::string_view text) {
  const auto slash = text.find('/');
  const auto count = parse_count(text.substr(0, slash));
  if (!count || *count <= 0 || slash == text.npos)
    return count && *count > 0 ? count : std::nullopt;
  std::string unit(text.substr(slash + 1));
  if (unit.find_first_of("0123456789") != 0) unit.insert(0, "1");
  const auto seconds = parse_unit_seconds(unit);
  return seconds && *seconds > 0 ? std::optional(*count / *seconds) : std::nullopt;
}

/// Absent: a variable of a script, as a rule.
std::optional<double> connections_of(const PlanOfTool& known, const Words& arguments) {
  const auto given = value_of(arguments, known.connections);
  if (!given) return known.default_connections;
  const auto number = parse_count(*given);
  return number && *number > 0 ? number : std::nullopt;
}

void read_rate(const PlanOfTool& known, const Words& arguments, LoadPlan& plan) {
  const auto text = value_of(arguments, known.rate);
  const auto rate = text ? rate_of(*text) : std::nullopt;
  if (!rate) return;
  const auto connections = connections_of(known, arguments);
  plan.sending = known.with_rate;
  if (!known.each_connection) plan.requests_per_second = rate;
  if (known.each_connection && connections) plan.requests_per_second = *rate * *connections;
  if (plan.sending == Sending::kPaced) {
    plan.connections = connections;
    if (known.each_connection) plan.pace_seconds = 1 / *rate;
    if (!known.each_connection && connections) plan.pace_seconds = *connections / *rate;
  }
  plan.option = std::string(known.tool) + " " + std::string(known.rate[0]) + " " + *text;
  if (known.corrected_unless != "-")
    plan.latency_from_due = std::ranges::find(arguments, known.corrected_unless) == arguments.end();
}

/// What calls have in common: a rate of a single one; a pace where all were told the same.
LoadPlan common_plan(const std::vector<LoadPlan>& calls, const LoadPlan& otherwise) {
  if (calls.empty()) return otherwise;
  LoadPlan common = calls.front();
  for (std::size_t i = 1; i < calls.size(); ++i) {
    const LoadPlan& one = calls[i];
    if (one.sending != common.sending) return otherwise;
    common.requests_per_second = common.connections = std::nullopt;
    if (one.pace_seconds != common.pace_seconds) common.pace_seconds.reset();
    if (one.option != common.option) common.option.clear();
    common.latency_from_due &= one.latency_from_due;
  }
  return common;
}

}  // namespace

LoadPlan load_plan(std::string_view tool, std::string_view command) {
  const auto known = std::ranges::find(kPlans, tool, &PlanOfTool::tool);
  if (known == std::end(kPlans)) return {};
  LoadPlan plan{.sending = known->sending};
  plan.latency_from_due = tool == "wrk2";
  std::vector<LoadPlan> calls;
  for (const Words& call : calls_of(shell_words(command), *known))
    read_rate(*known, call, calls.emplace_back(plan));
  return common_plan(calls, plan);
}

}  // namespace tierwatch
