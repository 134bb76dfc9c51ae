// SPDX-License-Identifier: MIT
#include <algorithm>

#include "exporters/terminal/scene/equivalent.h"
#include "exporters/terminal/scene/process_columns.h"
#include "exporters/terminal/scene/signal_rows.h"
#include "exporters/terminal/view/view_step.h"

namespace tierwatch {
namespace {

/// Why nothing can be asked of the processes that are shown; "" when it can.
std::string not_here(const ViewState& state, const Scene& scene) {
  if (scene.feed.recorded)
    return "This is a recording: its processes run no more, or on another machine.";
  if (!scene.feed.local)
    return "The view is " + scene.feed.source +
           ", which may be another machine; this key asks processes of this one. Run tierwatch top "
           "there.";
  if (state.past)
    return "The past is shown, and this key asks processes that run now: G goes back to now.";
  return "";
}

constexpr const char* kSameView = "THE SAME ELSEWHERE";

}  // namespace

/// The command first, the expression when asked once more.
void Step::copy() {
  const bool again = state_.panel == Panel::kPane && state_.said.title == kSameView;
  state_.copies = again ? state_.copies + 1 : 0;
  open(Panel::kPane);
  state_.refusal.clear();
  const std::string command = equivalent_command(state_, scene_);
  const std::string query = equivalent_promql(state_, scene_);
  const bool first = state_.copies % 2 == 0 || query.empty();
  const std::string copied =
      !scene_.clipboard ? "This terminal has no clipboard: nothing is copied."
      : query.empty()   ? "The command is copied, where the terminal allows it."
      : first           ? "The command is copied, where the terminal allows it; y again "
                          "copies the expression."
                        : "The expression is copied, where the terminal allows it; y "
                          "again copies the command.";
  state_.said = {.title = kSameView,
                 .text = "\nAs a command:\n  " + command +
                         "\n\nFor Prometheus, the column that sorts, by tier:\n  " +
                         (query.empty() ? "none: it is a column of your own" : query) +
                         "\n\nWhat is full:\n  tierwatch_bottleneck == 1\n\n" + copied + "\n"};
  if (!scene_.clipboard) return;
  state_.errand = {.errand = Errand::kCopy, .text = first ? command : query};
  ++state_.errands;
}

/// Opens the pane with the reason where something cannot be asked for.
bool Step::refuses(Errand errand) {
  state_.said = {};
  state_.refusal = not_here(state_, scene_);
  const ProcessSample* process = process_of(scene_.snapshot, state_.selected);
  if (state_.refusal.empty() && !process)
    state_.refusal = state_.selected.pid == 0 ? "No process is chosen."
                                              : "The process that was chosen has ended.";
  if (state_.refusal.empty() && errand == Errand::kInside && tier_of(*snapshot(), *process).empty())
    state_.refusal = "Process " + std::to_string(process->reading.id.pid) +
                     " belongs to no tier, and i looks inside a tier.";
  if (state_.refusal.empty()) return false;
  open(Panel::kPane);
  return true;
}

void Step::run_errand(Errand errand) {
  if (refuses(errand)) return;
  const ProcessSample& process = *process_of(scene_.snapshot, state_.selected);
  open(Panel::kPane);
  state_.errand = {.errand = errand,
                   .process = process.reading.id,
                   .tier = std::string(tier_of(*snapshot(), process)),
                   .text = errand == Errand::kJournal ? process.reading.cgroup : "",
                   .name = process_words(*snapshot(), process)};
  ++state_.errands;
}

void Step::choose_signal() {
  const ProcessSample* process = process_of(scene_.snapshot, state_.selected);
  if (!process) return open(Panel::kMain);
  const auto rows = signal_rows(*snapshot(), *process);
  const int last = static_cast<int>(rows.size()) - 1;
  state_.signal = rows[static_cast<std::size_t>(std::clamp(state_.menu_row, 0, last))].number;
  open(Panel::kConfirm);
}

/// Enter, which chose the signal, does not send it: nobody shall by pressing it twice.
void Step::confirm(const Event& event) {
  const bool yes = event.input == Input::kText && (event.text == U'y' || event.text == U'Y');
  const ProcessSample* process = process_of(scene_.snapshot, state_.selected);
  if (yes && process && not_here(state_, scene_).empty()) {
    state_.errand = {.errand = Errand::kSignal,
                     .process = process->reading.id,
                     .number = state_.signal,
                     .name = process_words(*snapshot(), *process)};
    ++state_.errands;
  }
  open(Panel::kMain);
}

/// False: it does something within the view.
bool Step::asks_the_world(Action action) {
  switch (action) {
    case Action::kInside:
      run_errand(Errand::kInside);
      return true;
    case Action::kEnvironment:
      run_errand(Errand::kEnvironment);
      return true;
    case Action::kJournal:
      run_errand(Errand::kJournal);
      return true;
    case Action::kWrite:
      open_prompt(Prompt::kWrite);
      return true;
    case Action::kCopy:
      copy();
      return true;
    case Action::kSignal:
      if (!refuses(Errand::kSignal)) open(Panel::kSignal);
      return true;
    default:
      return false;
  }
}

}  // namespace tierwatch
