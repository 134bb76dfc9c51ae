// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/footer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "exporters/terminal/scene/user_rows.h"
#include "exporters/terminal/screen/key_bindings.h"
#include "exporters/terminal/tables/layout.h"
#include "exporters/terminal/tables/tier_table.h"

namespace tierwatch {
namespace {

using Label = std::pair<std::string_view, std::string_view>;

int put_label(Frame& frame, int x, const Area& area, const Label& label) {
  const int end = area.x + area.width;
  x = frame.put(x, area.y, label.first, Ink::kKey, std::max(0, end - x));
  return frame.put(x, area.y, label.second, Ink::kKeyLabel, std::max(0, end - x)) + 1;
}

template <std::size_t N>
void put_labels(Frame& frame, int x, const Area& area, const std::array<Label, N>& labels) {
  for (const Label& label : labels) x = put_label(frame, x, area, label);
}

void draw_moment_prompt(Frame& frame, const Area& area, const ViewState& state) {
  int x = frame.put(area.x, area.y, "Go to: ", Ink::kStrong, area.width);
  x = frame.put(x, area.y, state.moment, Ink::kPlain, area.width - x);
  x = frame.repeat(x, area.y, U'_', 1, Ink::kStrong) + 2;
  const std::string_view words =
      state.bad_moment ? "is not a time: write 14:05, 14:05:30, -20m or 2026-11-30 14:05"
                       : "14:05, -20m, 2026-11-30 14:05";
  x = frame.put(x, area.y, words, state.bad_moment ? Ink::kHot : Ink::kDim, area.width - x) + 1;
  constexpr std::array<Label, 2> kKeys = {{{"Enter", "Go"}, {"Esc", "Cancel"}}};
  put_labels(frame, x, area, kKeys);
}

void draw_write_prompt(Frame& frame, const Area& area, const ViewState& state) {
  int x = frame.put(area.x, area.y, "Write to: ", Ink::kStrong, area.width);
  const bool json = state.file.ends_with(".json");
  std::u32string shown = drawable(state.file);
  const int room = std::max(8, area.width - x - 30);
  while (text_width(shown) > room) shown.erase(0, 1);
  x = frame.put(x, area.y, shown, Ink::kPlain, area.width - x);
  x = frame.repeat(x, area.y, U'_', 1, Ink::kStrong) + 1;
  const std::array<Label, 3> keys = {
      {{"Tab", json ? "Screen" : "JSON"}, {"Enter", "Write"}, {"Esc", "Cancel"}}};
  put_labels(frame, x, area, keys);
}

/// The text stands above the footer, so that the footer can point at its places.
void draw_column_prompt(Frame& frame, const Area& area, const ViewState& state) {
  constexpr std::string_view kLabel = "Column: ";
  const ColumnDraft& draft = state.draft;
  const int y = std::max(0, area.y - 1), room = std::max(1, area.width - 1);
  std::u32string shown = drawable(draft.text);
  int caret = static_cast<int>(kLabel.size()) +
              text_width(drawable(std::string_view(draft.text).substr(0, draft.place)));
  int end = static_cast<int>(kLabel.size()) + text_width(shown);
  while (end > room && !shown.empty()) {  // its end is what is being typed
    const int width = text_width(shown.substr(0, 1));
    shown.erase(0, 1);
    end -= width;
    caret -= width;
  }
  frame.clear({area.x, y, area.width, 1});
  int x = frame.put(area.x, y, kLabel, Ink::kStrong, area.width);
  x = frame.put(x, y, shown, Ink::kPlain, std::max(0, area.width - x));
  frame.repeat(x, y, U'_', 1, Ink::kStrong);
  constexpr std::array<Label, 2> kKeys = {{{"Enter", "Done"}, {"Esc", "Cancel"}}};
  if (draft.problem.empty()) return put_labels(frame, area.x, area, kKeys);
  const int words = text_width(drawable(draft.problem)) + 2;
  // The words stand behind the caret, or before it where there is more room.
  caret = std::clamp(caret, 0, std::max(0, area.width - 1));
  const bool behind = caret + words <= area.width || caret < area.width / 2;
  frame.repeat(area.x + caret, area.y, U'^', 1, Ink::kHot);
  if (behind)
    frame.put(area.x + caret + 2, area.y, draft.problem, Ink::kHot, area.width - caret - 2);
  else
    frame.put_right(area.x, area.y, draft.problem, Ink::kHot, std::max(0, caret - 1));
}

void draw_prompt(Frame& frame, const Area& area, const ViewState& state) {
  if (state.prompt == Prompt::kMoment) return draw_moment_prompt(frame, area, state);
  if (state.prompt == Prompt::kWrite) return draw_write_prompt(frame, area, state);
  if (state.prompt == Prompt::kColumn) return draw_column_prompt(frame, area, state);
  const bool search = state.prompt == Prompt::kSearch;
  const std::string& text = search ? state.search : state.filter;
  int x = frame.put(area.x, area.y, search ? "Search: " : "Filter: ", Ink::kStrong, area.width);
  // The end of a long text is what is being typed.
  const int room = std::max(4, area.width - (x - area.x) - 32);
  std::u32string shown = drawable(text);
  while (text_width(shown) > room) shown.erase(0, 1);
  x = frame.put(x, area.y, shown, Ink::kPlain, area.width - (x - area.x));
  x = frame.repeat(x, area.y, U'_', 1, Ink::kStrong) + 2;
  constexpr std::array<Label, 2> kFilter = {{{"Enter", "Done"}, {"Esc", "Clear"}}};
  constexpr std::array<Label, 3> kSearch = {{{"F3", "Next"}, {"Enter", "Done"}, {"Esc", "Cancel"}}};
  search ? put_labels(frame, x, area, kSearch) : put_labels(frame, x, area, kFilter);
}

/// What is set and would be forgotten otherwise: at the right, where there is room.
std::string reminders(const ViewState& state, const Scene& scene) {
  std::string text;
  const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : " · ") + word; };
  if (!state.filter.empty()) add("filter " + state.filter);
  if (state.only_user) add("user " + user_words(*state.only_user, scene));
  if (state.follow) add("following " + std::to_string(state.selected.pid));
  if (state.measure != SparkMeasure::kCpu && !shows_graphs(scene.size.columns))
    add("no room for graphs of " + std::string(to_string(state.measure)));
  if (!state.tagged.empty()) add(std::to_string(state.tagged.size()) + " tagged");
  return text;
}

void draw_keys(Frame& frame, const Area& area, const ViewState& state, const Scene& scene) {
  const std::string set = reminders(state, scene);
  const int reserved = set.empty() ? 0 : std::min(area.width / 2, text_width(drawable(set)) + 2);
  for (const FooterLabel& label : footer_labels(area.width - reserved)) {
    const Binding& binding = bindings()[label.binding];
    frame.put(area.x + label.x, area.y, binding.keys, Ink::kKey, label.key_width);
    frame.put(area.x + label.x + label.key_width, area.y, binding.label, Ink::kKeyLabel,
              label.width - label.key_width);
  }
  frame.put_right(area.x + area.width - reserved, area.y, set, Ink::kTagged, reserved);
}

}  // namespace

void draw_footer(Frame& frame, const Area& area, const ViewState& state, const Scene& scene) {
  if (area.height < 1) return;
  if (state.prompt != Prompt::kNone) return draw_prompt(frame, area, state);
  if (!scene.message.empty())
    return void(frame.put(area.x, area.y, scene.message, Ink::kStrong, area.width));
  constexpr std::array<Label, 3> kPanel = {
      {{"Esc", "Back"}, {"Up/Down", "Scroll"}, {"F10", "Quit"}}};
  constexpr std::array<Label, 3> kSort = {
      {{"Enter", "Sort"}, {"Up/Down", "Choose"}, {"Esc", "Back"}}};
  constexpr std::array<Label, 3> kUsers = {
      {{"Enter", "Show"}, {"Up/Down", "Choose"}, {"Esc", "Back"}}};
  constexpr std::array<Label, 3> kSignal = {
      {{"Enter", "Send..."}, {"Up/Down", "Choose"}, {"Esc", "Back"}}};
  constexpr std::array<Label, 2> kConfirm = {{{"y", "Send"}, {"Esc", "Back"}}};
  constexpr std::array<Label, 6> kColumns = {{{"Space", "Show/Hide"},
                                              {"[ ]", "Move"},
                                              {"a", "Add"},
                                              {"e", "Edit"},
                                              {"d", "Remove"},
                                              {"Esc", "Back"}}};
  switch (state.panel) {
    case Panel::kMain: {
      const auto notes = scene.snapshot ? scene.snapshot->notes : std::vector<std::string>();
      if (notes.empty() || state.notes_seen) return draw_keys(frame, area, state, scene);
      const int x =
          frame.put(area.x, area.y, "note: " + notes.front(), Ink::kWarm, area.width - 14);
      put_label(frame, x + 1, area, {"v", "Why"});
      return;
    }
    case Panel::kSort:
      return put_labels(frame, area.x, area, kSort);
    case Panel::kSignal:
      return put_labels(frame, area.x, area, kSignal);
    case Panel::kConfirm:
      return put_labels(frame, area.x, area, kConfirm);
    case Panel::kUsers:
      return put_labels(frame, area.x, area, kUsers);
    case Panel::kColumns:
      return put_labels(frame, area.x, area, kColumns);
    default:
      return put_labels(frame, area.x, area, kPanel);
  }
}

}  // namespace tierwatch
