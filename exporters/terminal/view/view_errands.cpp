// SPDX-License-Identifier: MIT
#include <algorithm>

#include "exporters/terminal/scene/equivalent.h"
#include "exporters/terminal/scene/process_columns.h"
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

const ProcessSample* Step::selected_process() const {
  if (!snapshot()) return nullptr;
  const auto found = std::ranges::find(snapshot()->processes, state_.selected,
                                       [](const ProcessSample& one) { return one.reading.id; });
  return found == snapshot()->processes.end() ? nullptr : &*found;
}

/// The command first, the expression when asked once more.
void Step::copy() {
  const bool again = state_.panel == Panel::kPane && state_.said.title == kSameView;
  state_.copies = again ? state_.copies + 1 : 0;
  open(Panel::kPane);
  state_.refusal.clear();
  const std::string command = equivalent_command(state_, scene_);
  const std::string query = equivalent_promql(state_, scene_);
  const bool first = state_.copies % 2 == 0;
  const std::string copied =
      !scene_.clipboard ? "This terminal has no clipboard: nothing is copied."
      : first           ? "The command is copied, where the terminal allows it; y again "
                          "copies the expression."
                        : "The expression is copied, where the terminal allows it; y "
                          "again copies the command.";
  state_.said = {.title = kSameView,
                 .text = "\nAs a command:\n  " + command +
                         "\n\nFor Prometheus, the column that sorts, by tier:\n  " + query +
                         "\n\nWhat is full:\n  tierwatch_bottleneck == 1\n\n" + copied + "\n"};
  if (!scene_.clipboard) return;
  state_.errand = {.errand = Errand::kCopy, .text = first ? command : query};
  ++state_.errands;
}

void Step::run_errand(Errand errand) {
  open(Panel::kPane);
  state_.said = {};
  state_.refusal = not_here(state_, scene_);
  const ProcessSample* process = selected_process();
  if (state_.refusal.empty() && !process)
    state_.refusal = state_.selected.pid == 0 ? "No process is chosen."
                                              : "The process that was chosen has ended.";
  if (!state_.refusal.empty()) return;
  const std::string tier(tier_of(*snapshot(), *process));
  if (errand == Errand::kInside && tier.empty()) {
    state_.refusal = "Process " + std::to_string(process->reading.id.pid) +
                     " belongs to no tier, and i looks inside a tier.";
    return;
  }
  state_.errand = {.errand = errand, .process = process->reading.id, .tier = tier};
  ++state_.errands;
}

}  // namespace tierwatch
