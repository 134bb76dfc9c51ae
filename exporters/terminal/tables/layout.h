// SPDX-License-Identifier: MIT
//
// Where everything stands on a screen of a given size. Drawing and clicking both ask here, so that
// a click falls on what is seen.
#pragma once

#include <vector>

#include "exporters/terminal/scene/view_state.h"
#include "exporters/terminal/screen/columns.h"
#include "exporters/terminal/screen/frame.h"

namespace tierwatch {

struct Layout {
  Area title, strip, verdict, meters;
  Area tier_header, tiers;
  Area process_header, processes, totals;
  Area footer;
  Area panel;  ///< of whatever is not the main view: all between verdict and footer
};

/// Parts without room have no height. `verdict_rows`: how many its sentence needs; `tiers`: how
/// many there are; `strip`: an hour of verdicts is known.
Layout lay_out(Size size, int verdict_rows, int tiers, bool strip = false);
Layout lay_out(const ViewState& state, const Scene& scene);

/// Tiers in the order of their lines; those that were never seen only where nothing else is.
std::vector<std::size_t> listed_tiers(const Snapshot& snapshot);

/// The process columns that fit and are shown; PlacedColumn::column is an index of state.columns.
std::vector<PlacedColumn> process_columns(const ViewState& state, int width);

/// A label of the footer.
struct FooterLabel {
  std::size_t binding = 0;  ///< index of bindings()
  int x = 0, key_width = 0, width = 0;
};
std::vector<FooterLabel> footer_labels(int width);

}  // namespace tierwatch
