// SPDX-License-Identifier: MIT
#include <algorithm>

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

}  // namespace

const ProcessSample* Step::selected_process() const {
  if (!snapshot()) return nullptr;
  const auto found = std::ranges::find(snapshot()->processes, state_.selected,
                                       [](const ProcessSample& one) { return one.reading.id; });
  return found == snapshot()->processes.end() ? nullptr : &*found;
}

void Step::run_errand(Errand errand) {
  open(Panel::kPane);
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
