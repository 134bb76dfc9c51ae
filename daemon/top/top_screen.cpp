// SPDX-License-Identifier: MIT
#include <array>
#include <iostream>

#include "collectors/text/printable_text.h"
#include "config/top_settings.h"
#include "daemon/feeds/feed_pump.h"
#include "daemon/service/clock.h"
#include "daemon/service/login_name.h"
#include "daemon/sources/time_argument.h"
#include "daemon/top/top_command.h"
#include "daemon/top/top_errands.h"
#include "daemon/top/top_past.h"
#include "exporters/terminal/screen/terminal.h"
#include "exporters/terminal/tables/render.h"

namespace tierwatch {
namespace {

constexpr nanoseconds kAgeStep = std::chrono::seconds(1);  ///< the age on screen is in seconds

class TopScreen {
 public:
  TopScreen(const TopOptions& options, ViewState state)
      : state_(std::move(state)),
        pump_(top_feed(options), state_.interval),
        past_(pump_.feed(), options),
        errands_(pump_.feed()),
        terminal_(state_.palette) {
    pump_.feed().want_past();
    const Charset charset = terminal_charset();
    scene_.charset = options.ascii ? Charset::kAscii : charset;
    scene_.history = &history_;
    scene_.feed.source = pump_.feed().source();
    scene_.feed.recorded = scene_.feed.sparse = pump_.feed().recorded();
    scene_.feed.arguments = source_arguments(options, pump_.feed());
    scene_.clipboard = terminal_has_clipboard();
    scene_.feed.local = pump_.feed().local();
    scene_.timeline = &timeline_;
    scene_.moment_of = [](const std::string& text) {
      return parse_moment(text, std::chrono::system_clock::now());
    };
    if (scene_.feed.local) scene_.user_name = login_name;
    if (scene_.feed.recorded && !options.interval) {
      state_.interval = std::chrono::duration_cast<std::chrono::milliseconds>(
          pump_.feed().interval(state_.interval, nullptr));
      pump_.set_interval(state_.interval);
    }
  }

  ViewState run() {
    draw();
    while (!state_.quit) {
      terminal_.wait(std::array{pump_.descriptor(), past_.descriptor(), errands_.descriptor(),
                                errands_.message_descriptor()},
                     kAgeStep);
      bool redraw = false;
      while (!state_.quit) {
        const auto event = terminal_.read();
        if (!event) break;
        redraw = redraw || event->input == Input::kRedraw;
        step(*event);
      }
      if (const auto news = pump_.take()) take(*news);
      if (const auto news = past_.take()) take_past(*news);
      if (const auto text = errands_.take()) take_errand(*text);
      if (const auto message = errands_.take_message()) scene_.message = *message;
      state_.redraw = redraw;
      draw();
    }
    return state_;
  }

 private:
  void step(const Event& event) {
    scene_.size = terminal_.size();
    const ViewState before = state_;
    if (event.input != Input::kNewData) scene_.message.clear();
    state_ = next(std::move(state_), event, scene_);
    if (state_.interval != before.interval) pump_.set_interval(state_.interval);
    if (state_.palette != before.palette) terminal_.set_palette(state_.palette);
    if (state_.errands != before.errands) run_errand();
    if (before.panel == Panel::kPane && state_.panel != Panel::kPane) errands_.stop();
    if (scene_.feed.recorded) return replay(before);
    if (state_.moves != before.moves) look_back(before);
    if (!before.paused && state_.paused) hold_history();
    const bool stood = before.paused || before.past;
    if (stood && !state_.paused && !state_.past) show_now();
    pump_.feed().look_at(state_.panel == Panel::kProcess ? state_.selected.pid : 0);
  }

  /// A recording is paused itself, not only its picture.
  void replay(const ViewState& before) {
    if (state_.moves != before.moves)
      pump_.feed().move(state_.move);
    else if (before.paused != state_.paused)
      pump_.feed().play_or_stop();
    if (state_ != before) pump_.ask();
  }

  void run_errand() {
    const ErrandWish& wish = state_.errand;
    if (wish.errand == Errand::kCopy) return terminal_.copy(wish.text);
    if (wish.errand == Errand::kSignal) return void(scene_.message = errands_.signal(wish));
    if (wish.errand == Errand::kWrite)
      return errands_.write(wish.text, render(state_, scene_), scene_.snapshot);
    scene_.pane = errands_.begin(wish);
  }

  void take_errand(const std::string& text) {
    scene_.pane.text = text;
    step({.input = Input::kNewData});
  }

  /// The live feed goes on meanwhile, unseen.
  void look_back(const ViewState& before) {
    if (!before.past) past_.begin_at(scene_.snapshot->at.wall);
    past_.move(state_.move);
  }

  void take(const FeedNews& news) {
    if (!state_.past) scene_.feed.trouble = news.trouble;
    if (news.around && scene_.feed.recorded)
      timeline_ = *news.around;
    else if (news.around)
      timeline_.recall(*news.around);
    if (!news.snapshot) return;
    latest_ = news;
    if (news.back) history_.rewind(*news.snapshot);
    history_.add(*news.snapshot);
    if (scene_.feed.recorded) return show_latest();
    timeline_.add(*news.snapshot);
    past_.add(news.snapshot);
    errands_.show(news.snapshot);
    scene_.feed.newest = news.snapshot->at.wall;
    if (!state_.paused && !state_.past) show_latest();
  }

  void take_past(const FeedNews& news) {
    if (!news.snapshot && news.around) timeline_.recall(*news.around);
    if (!state_.past) return;
    if (news.now) {
      state_.past = false;
      return show_now();
    }
    if (!news.snapshot && news.trouble.empty()) return;
    scene_.feed.trouble = news.trouble;
    if (!news.snapshot) return;
    if (news.around) past_timeline_ = *news.around;
    scene_.feed.past = true;
    scene_.feed.moment = news.moment;
    scene_.feed.sparse = news.sparse;
    scene_.snapshot = news.snapshot;
    scene_.before = nullptr;
    const bool lately = scene_.feed.newest - news.snapshot->at.wall < Timeline::kLength;
    scene_.timeline = lately ? &timeline_ : &past_timeline_;
    held_history_ = history_until(history_, *latest_.snapshot, *news.snapshot);
    scene_.history = &held_history_;
    step({.input = Input::kNewData});
  }

  void show_now() {
    scene_.feed.past = scene_.feed.sparse = false;
    scene_.feed.trouble = latest_.trouble;
    scene_.history = &history_;
    scene_.timeline = &timeline_;
    show_latest();
  }

  void show_latest() {
    if (!latest_.snapshot || scene_.snapshot == latest_.snapshot) return;
    scene_.before = scene_.snapshot;
    scene_.snapshot = latest_.snapshot;
    scene_.feed.moment = latest_.moment;
    taken_at_ = latest_.taken_at;
    step({.input = Input::kNewData});
  }

  /// Data go on coming while paused: the picture keeps the history of its moment.
  void hold_history() {
    held_history_ = history_;
    scene_.history = &held_history_;
  }

  void draw() {
    scene_.size = terminal_.size();
    scene_.feed.interval = pump_.feed().interval(state_.interval, scene_.snapshot.get());
    if (scene_.feed.past)
      scene_.feed.age = std::chrono::system_clock::now() - scene_.snapshot->at.wall;
    else if (scene_.snapshot)
      scene_.feed.age = monotonic_now() - taken_at_;
    terminal_.draw(render(state_, scene_), state_.redraw);
    state_.redraw = false;
  }

  ViewState state_;
  History history_;
  History held_history_;  ///< as of the pause, or of the past
  Timeline timeline_, past_timeline_;
  FeedPump pump_;
  TopPast past_;
  TopErrands errands_;
  Terminal terminal_;
  Scene scene_;
  FeedNews latest_;
  nanoseconds taken_at_{};
};

void remember(const ViewState& state) {
  const auto path = top_settings_path();
  if (!path) return;
  TopSettings settings{.sort = std::string(name_of(state.sort_column())),
                       .palette = std::string(to_string(state.palette)),
                       .inverted = state.inverted,
                       .tree = state.tree};
  for (const ViewColumn& column : state.columns) {
    settings.columns.emplace_back(definition_of(column));
    if (!column.shown) settings.hidden_columns.emplace_back(name_of(column));
  }
  try {
    save_top_settings(*path, settings);
  } catch (const std::runtime_error& error) {
    std::cerr << told_line(std::string("the settings were not saved: ") + error.what());
  }
}

/// The defaults where they cannot be read, which was said at the start.
TopSettings kept_settings() {
  const auto path = top_settings_path();
  try {
    return path ? load_top_settings(*path) : TopSettings{};
  } catch (const std::runtime_error&) {
    return {};
  }
}

}  // namespace

int run_top_screen(const TopOptions& options, ViewState state) {
  const PaletteName palette_before = state.palette;
  const ColumnList columns_before = state.columns;
  ViewState last = TopScreen(options, std::move(state)).run();
  // What the command line or NO_COLOR asked for is for this time; what a key chose is kept.
  const TopSettings kept = kept_settings();
  if (last.palette == palette_before)
    last.palette = palette_named(kept.palette).value_or(PaletteName::kClassic);
  if (!options.columns.empty() && last.columns == columns_before)
    last.columns = remembered_columns(kept);
  remember(last);
  return 0;
}

}  // namespace tierwatch
