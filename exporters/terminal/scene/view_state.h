// SPDX-License-Identifier: MIT
//
// What a person has chosen to see: a value, changed by keys, by nothing else. next() is the whole
// behaviour of the view; render() shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "exporters/terminal/scene/column_list.h"
#include "exporters/terminal/scene/scene.h"
#include "exporters/terminal/screen/event.h"
#include "exporters/terminal/screen/palette.h"

namespace tierwatch {

/// What fills the screen.
enum class Panel : std::uint8_t {
  kMain,
  kHelp,
  kEvidence,
  kTime,
  kProcess,
  kSort,
  kColumns,
  kUsers,
  kPane,     ///< Scene::pane
  kSignal,   ///< which one to send
  kConfirm,  ///< ... and whether to
};
/// Whether one chooses a line there: the tables stay beside it.
constexpr bool is_menu(Panel panel) {
  return panel == Panel::kSort || panel == Panel::kColumns || panel == Panel::kUsers ||
         panel == Panel::kSignal;
}

inline constexpr int kPanels = 11;
/// Where typed text goes.
enum class Prompt : std::uint8_t { kNone, kSearch, kFilter, kMoment, kWrite, kColumn };
inline constexpr int kPrompts = 6;

/// A move in time.
enum class TimeStep : std::uint8_t {
  kEarlier,  ///< one sample
  kLater,
  kMinuteEarlier,
  kMinuteLater,
  kChangeEarlier,  ///< to a change of the verdict, or a mark
  kChangeLater,
  kTo,      ///< TimeMove::to
  kNewest,  ///< of a live view: now
};
struct TimeMove {
  TimeStep step = TimeStep::kNewest;
  WallMoment to{};
  bool operator==(const TimeMove&) const = default;
};

/// A custom column that is being typed.
struct ColumnDraft {
  std::string text;
  std::string problem;    ///< why it is none; empty: nothing has been said
  std::size_t place = 0;  ///< byte of the text that the problem is at
  int row = -1;           ///< of ViewState::columns: the one it replaces; -1: a new one
  bool operator==(const ColumnDraft&) const = default;
};

struct ViewState {
  Panel panel = Panel::kMain;
  Prompt prompt = Prompt::kNone;
  std::string search, filter;  ///< UTF-8
  std::string before_prompt;   ///< what Escape brings back
  std::string moment;          ///< as typed
  std::string file;            ///< to write to, as typed
  bool bad_moment = false;     ///< ... and it is none

  SparkMeasure measure = SparkMeasure::kCpu;  ///< of the tiers' sparklines
  ProcessColumn sort = ProcessColumn::kCpu;
  std::string custom_sort;  ///< of kCustom: the name of the column
  bool inverted = false;
  ColumnList columns = default_columns();  ///< one at least is shown
  ColumnDraft draft;                       ///< of Prompt::kColumn
  bool tree = false;
  bool all = false;                  ///< processes of no tier, too
  std::set<std::string> only_tiers;  ///< --tier; empty: all
  std::set<std::string> toggled_tiers;
  std::optional<uid_t> only_user;  ///< absent: all
  std::set<ProcessId> tagged;

  ProcessId selected;    ///< the process at `row`
  int row = 0, top = 0;  ///< of the process list: chosen, first one shown
  int shift = 0;         ///< columns by which titles are moved to the left
  bool follow = false;   ///< keep to the process, not to the row
  int panel_top = 0;     ///< first line shown of a panel
  int menu_row = 0;

  bool paused = false;
  bool past = false;  ///< of a live view: an earlier moment is looked at
  /// The last move in time that was asked for, and how many were.
  TimeMove move;
  unsigned moves = 0;
  /// The last errand that was asked for, and how many were.
  ErrandWish errand;
  int signal = 0;  ///< that was chosen, and is to be confirmed
  unsigned errands = 0;
  unsigned copies = 0;  ///< that were asked for one after the other
  Pane said;            ///< what the view itself answers: in place of the scene's pane
  std::string refusal;  ///< why what was asked for cannot be: in place of the pane
  std::chrono::milliseconds interval{1000};
  PaletteName palette = PaletteName::kClassic;
  bool notes_seen = false;  ///< a key has been pressed: what cannot be seen has been said
  bool redraw = false;      ///< the terminal may show anything: draw every cell
  bool quit = false;

  bool shows_tier(const std::string& tier) const {
    return (only_tiers.empty() || only_tiers.contains(tier)) != toggled_tiers.contains(tier);
  }
  /// The column that sorts; by CPU where the custom one is gone.
  ViewColumn sort_column() const {
    const ViewColumn* custom =
        sort == ProcessColumn::kCustom ? column_named(columns, custom_sort) : nullptr;
    if (custom) return *custom;
    return {.column = sort == ProcessColumn::kCustom ? ProcessColumn::kCpu : sort, .custom = {}};
  }
  bool operator==(const ViewState&) const = default;
};

/// The state after an event. Pure, for any event in any state, with and without data; cost: of the
/// process list, once.
ViewState next(ViewState state, const Event& event, const Scene& scene);

}  // namespace tierwatch
