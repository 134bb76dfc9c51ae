// SPDX-License-Identifier: MIT
//
// What fills the screen instead of the tables: the evidence, one process in full, the help, the
// menus. Lines of words first; scrolling and drawing are the same for all of them.
#pragma once

#include <string>
#include <vector>

#include "exporters/terminal/scene/view_state.h"
#include "exporters/terminal/tables/layout.h"

namespace tierwatch {

struct PanelWord {
  std::string text;
  Ink ink = Ink::kPlain;
};
using PanelLine = std::vector<PanelWord>;

std::vector<PanelLine> help_lines(int width);
/// Verdict, evidence, every candidate with its figures and why it was not named, what cannot be
/// seen.
std::vector<PanelLine> evidence_lines(const Scene& scene, int width);
/// Where a request's time goes, place by place, and the requests in flight at each tier.
std::vector<PanelLine> time_lines(const Scene& scene, int width);
/// The chosen process; a line that says so when it is gone.
std::vector<PanelLine> process_lines(const Scene& scene, const ProcessId& id, int width);

/// What the chosen signal would do to the process, and the key that sends it.
std::vector<PanelLine> confirm_lines(const ViewState& state, const Scene& scene, int width);
/// What the last errand says; why it could not be run.
std::vector<PanelLine> pane_lines(const ViewState& state, const Scene& scene, int width);

/// The highest panel_top that still shows a full panel; 0 where nothing can be scrolled.
int last_panel_top(const ViewState& state, const Scene& scene, const Layout& layout);

/// Draws the panel of the state; nothing for the main view.
void draw_panel(Frame& frame, const Layout& layout, const ViewState& state, const Scene& scene);

/// A heading, and text behind an indent, broken into lines.
PanelLine heading(const std::string& text);
void add_wrapped(std::vector<PanelLine>& lines, const std::string& indent, const std::string& text,
                 Ink ink, int width);

}  // namespace tierwatch
