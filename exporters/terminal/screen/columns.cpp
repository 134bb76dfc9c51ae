// SPDX-License-Identifier: MIT
#include "exporters/terminal/screen/columns.h"

#include <algorithm>

namespace tierwatch {
namespace {

int width_of(std::span<const ColumnSpec> columns, int worst_rank) {
  int width = -1;
  for (const ColumnSpec& column : columns) {
    if (column.rank <= worst_rank) width += column.width + 1;
  }
  return width;
}

}  // namespace

std::vector<PlacedColumn> fit_columns(std::span<const ColumnSpec> columns, int width) {
  int rank = 0;
  for (const ColumnSpec& column : columns) rank = std::max(rank, column.rank);
  while (rank > 0 && width_of(columns, rank) > width) --rank;
  const int spare = std::max(0, width - width_of(columns, rank));
  std::vector<PlacedColumn> placed;
  int x = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].rank > rank || x >= width) continue;
    const int wanted = columns[i].width + (columns[i].stretches ? spare : 0);
    placed.push_back({i, x, std::min(wanted, width - x)});
    x += wanted + 1;
  }
  return placed;
}

}  // namespace tierwatch
