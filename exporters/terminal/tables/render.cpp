// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/render.h"

#include "exporters/terminal/tables/footer.h"
#include "exporters/terminal/tables/host_meters.h"
#include "exporters/terminal/tables/layout.h"
#include "exporters/terminal/tables/panels.h"
#include "exporters/terminal/tables/process_table_view.h"
#include "exporters/terminal/tables/tier_table.h"
#include "exporters/terminal/tables/verdict_line.h"
#include "exporters/terminal/tables/verdict_strip.h"

namespace tierwatch {

Frame render(const ViewState& state, const Scene& scene) {
  Frame frame(scene.size, scene.charset);
  const Layout layout = lay_out(state, scene);
  draw_title(frame, layout.title, state, scene);
  draw_verdict_strip(frame, layout.strip, scene);
  draw_verdict(frame, layout.verdict, scene);
  const bool covered = state.panel != Panel::kMain && !is_menu(state.panel);
  if (scene.snapshot && !covered) {
    draw_host_meters(frame, layout.meters, scene);
    draw_tier_table(frame, layout.tier_header, layout.tiers, listed_tiers(*scene.snapshot), state,
                    scene);
    draw_process_table(frame, layout.process_header, layout.processes,
                       process_rows(*scene.snapshot, state), state, scene);
    draw_totals(frame, layout.totals, state, scene);
  }
  draw_panel(frame, layout, state, scene);
  draw_footer(frame, layout.footer, state, scene);
  return frame;
}

}  // namespace tierwatch
