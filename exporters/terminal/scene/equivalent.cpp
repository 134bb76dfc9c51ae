// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/equivalent.h"

#include <algorithm>
#include <vector>

#include "collectors/text/plain_words.h"
#include "exporters/terminal/scene/user_rows.h"

namespace tierwatch {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:@%+=,").find(c) != std::string_view::npos;
}

std::string shell_word(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// Names of the tiers whose processes are shown; empty when those of all are.
std::vector<std::string> shown_tiers(const ViewState& state, const Scene& scene) {
  std::vector<std::string> names;
  if (!scene.snapshot) return {state.only_tiers.begin(), state.only_tiers.end()};
  for (const TierSample& tier : scene.snapshot->tiers)
    if (state.shows_tier(tier.name)) names.push_back(tier.name);
  return names.size() == scene.snapshot->tiers.size() ? std::vector<std::string>() : names;
}

/// As a regular expression that matches this name alone, within a quoted string of PromQL.
std::string matcher(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const bool word = is_plain(c) && c != '.' && c != '+';
    const char* twice = c == '"' ? "\\" : c == '\\' ? "\\\\\\" : "\\\\";
    text += (word ? "" : twice) + std::string(1, c);
  }
  return text;
}

struct Expression {
  const char* metric;
  bool counter = false;  ///< its rate is what the column shows
  const char* labels = "instance, tier";
};

Expression expression_of(ProcessColumn column) {
  switch (column) {
    case ProcessColumn::kThreads:
      return {"tierwatch_tier_threads"};
    case ProcessColumn::kCpu:
      return {"tierwatch_tier_cpu_seconds_total", true};
    case ProcessColumn::kResident:
      return {"tierwatch_tier_resident_memory_bytes"};
    case ProcessColumn::kFds:
      return {"tierwatch_tier_open_fds"};
    case ProcessColumn::kDelay:
      return {"tierwatch_tier_cpu_run_delay_seconds_total", true};
    case ProcessColumn::kTime:
      return {"tierwatch_tier_cpu_seconds_total"};
    case ProcessColumn::kState:
      return {"tierwatch_tier_state_processes", false, "instance, tier, state"};
    default:
      return {"tierwatch_tier_processes", false, "instance, tier, role"};
  }
}

/// A command cannot sort by a custom column that it does not show.
ViewColumn sorting_column(const ViewState& state) {
  const ViewColumn column = state.sort_column();
  const ViewColumn* listed = column_named(state.columns, name_of(column));
  const bool unknown = column.column == ProcessColumn::kCustom && !(listed && listed->shown);
  return unknown ? ViewColumn{.column = ViewState{}.sort, .custom = {}} : column;
}

}  // namespace

std::string equivalent_command(const ViewState& state, const Scene& scene) {
  std::vector<std::string> words{"tierwatch", "top"};
  words.insert(words.end(), scene.feed.arguments.begin(), scene.feed.arguments.end());
  const auto add = [&words](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  for (const std::string& tier : shown_tiers(state, scene)) add("--tier", tier);
  if (!state.filter.empty()) add("--filter", state.filter);
  if (state.only_user) add("--user", user_words(*state.only_user, scene));
  const std::string columns = definitions_of(state.columns);
  if (columns != definitions_of(default_columns())) add("--columns", columns);
  add("--sort", std::string(name_of(sorting_column(state))));
  if (state.inverted) words.emplace_back("--invert");
  if (state.tree) words.emplace_back("--tree");
  if (state.all) words.emplace_back("--all");
  if (state.interval != ViewState{}.interval && !scene.feed.recorded)
    add("--interval", std::to_string(state.interval.count()) + "ms");
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(shell_word(word));
  return joined(quoted, " ");
}

std::string equivalent_promql(const ViewState& state, const Scene& scene) {
  const ProcessColumn sort = state.sort_column().column;
  if (sort == ProcessColumn::kCustom) return "";
  std::vector<std::string> names;
  for (const std::string& tier : shown_tiers(state, scene)) names.push_back(matcher(tier));
  const Expression one = expression_of(sort);
  std::string series = one.metric;
  if (!names.empty()) series += "{tier=~\"" + joined(names, "|") + "\"}";
  if (one.counter) series = "rate(" + series + "[1m])";
  return "sum by (" + std::string(one.labels) + ") (" + series + ")";
}

}  // namespace tierwatch
