// SPDX-License-Identifier: MIT
//
// Which columns of a table have room, and where. They give way in a fixed order as the screen
// narrows, so that a table never shows half a figure.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace tierwatch {

struct ColumnSpec {
  std::string_view name;   ///< as its header is written
  int width = 0;           ///< of the figures; a stretching column: the least it makes sense with
  int rank = 0;            ///< the highest gives way first
  bool left = false;       ///< text begins at the left; figures end at the right
  bool stretches = false;  ///< takes what room is left; at most one of a table
};

struct PlacedColumn {
  std::size_t column = 0;  ///< index of the specs
  int x = 0, width = 0;
};

/// The columns that fit into `width`, in their order, one blank between them. A column of rank 0
/// stays whatever the width: it is cut.
std::vector<PlacedColumn> fit_columns(std::span<const ColumnSpec> columns, int width);

}  // namespace tierwatch
