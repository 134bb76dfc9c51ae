// SPDX-License-Identifier: MIT
#include "daemon/top/top_command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <stdexcept>

#include "collectors/text/printable_text.h"
#include "collectors/text/text_scan.h"
#include "config/top_settings.h"
#include "daemon/feeds/replay_feed.h"
#include "daemon/service/login_name.h"
#include "daemon/sources/feed_source.h"
#include "exporters/http/http_fetcher.h"

namespace tierwatch {
namespace {

constexpr unsigned kFewViews = 30;

void sort_by_name(ViewState& state, const std::string& name) {
  const ViewColumn* column = column_named(state.columns, name);
  if (!column) return;
  state.sort = column->column;
  state.custom_sort = column->custom.name;
}

/// What was remembered, and what went wrong with that: no reason not to start.
ViewState remembered_state() {
  const auto path = top_settings_path();
  TopSettings settings;
  if (path) {
    try {
      settings = load_top_settings(*path);
    } catch (const std::runtime_error& error) {
      std::cerr << told_line(std::string(error.what()) + "; the defaults hold");
    }
  }
  ViewState state;
  state.columns = remembered_columns(settings);
  sort_by_name(state, settings.sort);
  state.palette = palette_named(settings.palette).value_or(state.palette);
  state.inverted = settings.inverted;
  state.tree = settings.tree;
  return state;
}

/// Throws std::runtime_error where there is no such user.
uid_t user_id(const std::string& user) {
  if (const auto number = to_number<uid_t>(user)) return *number;
  if (const auto known = user_named(user)) return *known;
  throw std::runtime_error("this machine has no user '" + user + "'");
}

ViewState initial_state(const TopOptions& options, bool screen) {
  ViewState state = screen ? remembered_state() : ViewState{};
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color && *no_color) state.palette = PaletteName::kMono;
  if (!options.columns.empty()) state.columns = completed(options.columns, state.columns);
  if (!options.sort.empty()) {
    sort_by_name(state, options.sort);
    state.inverted = false;
  }
  state.palette = palette_named(options.palette).value_or(state.palette);
  state.filter = options.filter;
  if (!options.user.empty()) state.only_user = user_id(options.user);
  state.only_tiers.insert(options.tiers.begin(), options.tiers.end());
  if (options.interval) state.interval = *options.interval;
  state.tree = state.tree || options.tree;
  state.inverted = state.inverted || options.invert;
  state.all = options.all;
  return state;
}

}  // namespace

ColumnList remembered_columns(const TopSettings& settings) {
  ColumnList chosen;
  for (const std::string& text : settings.columns) {
    const auto parsed = parse_column(text);
    const auto* problem = std::get_if<ColumnProblem>(&parsed);
    if (problem)
      std::cerr << told_line("the column '" + text + "' is left out: " + problem->why);
    else if (const auto& column = std::get<ViewColumn>(parsed);
             !column_named(chosen, name_of(column)))
      chosen.push_back(column);
  }
  // Whoever wrote the list by hand meant these; without a list all of ours are shown.
  ColumnList columns = chosen.empty() ? default_columns() : completed(chosen, default_columns());
  for (ViewColumn& column : columns)
    if (std::ranges::count(settings.hidden_columns, name_of(column))) column.shown = false;
  return std::ranges::any_of(columns, &ViewColumn::shown) ? columns : default_columns();
}

std::vector<std::string> source_arguments(const TopOptions& options, const TopFeed& feed) {
  std::vector<std::string> words;
  const auto add = [&words](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  if (options.replay)
    add("--replay", *options.replay);
  else if (!options.url.empty())
    add("--url", without_password(options.url));
  else
    words.emplace_back(feed.source().starts_with("attached") ? "--attach" : "--standalone");
  if (!options.ca_file.empty()) add("--ca", options.ca_file);
  if (options.insecure) words.emplace_back("--insecure");
  if (options.config) add("--config", *options.config);
  if (options.history) add("--history", *options.history);
  return words;
}

std::unique_ptr<TopFeed> top_feed(const TopOptions& options) {
  const bool text = options.once || options.batch || options.json;
  const unsigned endless = text && !options.batch ? 1 : std::numeric_limits<unsigned>::max();
  const bool few = options.count.value_or(endless) <= kFewViews;
  if (!options.replay) return choose_feed(options, few ? Stay::kShort : Stay::kLong);
  return make_replay_feed(*options.replay, options.batch || options.json || options.once
                                               ? ReplayPace::kEverySample
                                               : ReplayPace::kAsRecorded);
}

int run_top(const TopOptions& options, std::ostream& out) {
  const bool text = options.once || options.batch || options.json || !isatty(STDOUT_FILENO);
  const ViewState state = initial_state(options, !text);
  return text ? run_top_text(options, state, out) : run_top_screen(options, state);
}

}  // namespace tierwatch
