// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/layout.h"

#include <algorithm>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/screen/key_bindings.h"
#include "exporters/terminal/tables/verdict_line.h"

namespace tierwatch {
namespace {

constexpr int kMeterRows = 4, kFewMeterRows = 2;
constexpr int kRowsForMeters = 21, kRowsForFewMeters = 16, kRowsForTitle = 8, kRowsForGaps = 28,
              kRowsForStrip = 24, kRowsBesideTotals = 3;

int meter_rows(Size size) {
  if (size.rows >= kRowsForMeters) return kMeterRows;
  return size.rows >= kRowsForFewMeters ? kFewMeterRows : 0;
}

/// Takes rows from the top of what is left.
class Rows {
 public:
  explicit Rows(Size size) : width_(size.columns), left_(std::max(0, size.rows)) {}

  Area take(int rows) {
    const int height = std::clamp(rows, 0, left_);
    const Area area{0, y_, width_, height};
    y_ += height;
    left_ -= height;
    return area;
  }
  Area take_last(int rows) {
    const int height = std::clamp(rows, 0, left_);
    left_ -= height;
    return {0, y_ + left_, width_, height};
  }
  int left() const { return left_; }

 private:
  int width_, y_ = 0, left_;
};

}  // namespace

Layout lay_out(Size size, int verdict_rows, int tiers, bool strip) {
  Layout layout;
  Rows rows(size);
  const int gap = size.rows >= kRowsForGaps ? 1 : 0;
  if (size.rows >= 3) layout.footer = rows.take_last(1);
  layout.title = rows.take(size.rows >= kRowsForTitle ? 1 : 0);
  layout.strip = rows.take(strip && size.rows >= kRowsForStrip ? 1 : 0);
  layout.verdict = rows.take(std::min(verdict_rows, std::max(1, size.rows / 5)));
  rows.take(gap);
  layout.panel = Rows(rows).take(rows.left());
  layout.meters = rows.take(meter_rows(size));
  rows.take(gap);
  // The tiers get their lines before the processes, but for a few rows of these.
  const int room = rows.left() - 1 - (size.rows >= kRowsForFewMeters ? 4 : 2);
  if (tiers > 0 && room > 0) {
    layout.tier_header = rows.take(1);
    layout.tiers = rows.take(std::min(tiers, room));
  }
  rows.take(gap);
  layout.process_header = rows.take(1);
  layout.processes = rows.take(rows.left());
  return layout;
}

Layout lay_out(const ViewState& state, const Scene& scene) {
  const int tiers = scene.snapshot ? static_cast<int>(listed_tiers(*scene.snapshot).size()) : 0;
  Layout layout = lay_out(scene.size, verdict_rows(scene), tiers, scene.timeline != nullptr);
  if (!has_totals(state) || layout.processes.height < kRowsBesideTotals) return layout;
  --layout.processes.height;
  layout.totals = {layout.processes.x, layout.processes.bottom(), layout.processes.width, 1};
  return layout;
}

std::vector<std::size_t> listed_tiers(const Snapshot& snapshot) {
  std::vector<std::size_t> all, seen;
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i) {
    all.push_back(i);
    const TierSample& tier = snapshot.tiers[i];
    const bool ever = tier.sums.processes > 0 ||
                      std::any_of(tier.roles.begin(), tier.roles.end(),
                                  [](const RoleSample& role) { return role.ever_seen; });
    if (ever) seen.push_back(i);
  }
  return seen.empty() ? all : seen;
}

std::vector<PlacedColumn> process_columns(const ViewState& state, int width) {
  std::vector<ColumnSpec> specs;
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < state.columns.size(); ++i) {
    if (!state.columns[i].shown) continue;
    specs.push_back(spec_of(state.columns[i]));
    indices.push_back(i);
  }
  std::vector<PlacedColumn> placed = fit_columns(specs, width);
  for (PlacedColumn& column : placed) column.column = indices[column.column];
  return placed;
}

std::vector<FooterLabel> footer_labels(int width) {
  std::vector<ColumnSpec> specs;
  std::vector<FooterLabel> labels;
  for (std::size_t i = 0; i < bindings().size(); ++i) {
    const Binding& binding = bindings()[i];
    if (binding.label.empty()) continue;
    const int key = static_cast<int>(binding.keys.substr(0, binding.keys.find(' ')).size());
    const int whole = key + static_cast<int>(binding.label.size());
    specs.push_back({.name = binding.label, .width = whole, .rank = binding.rank});
    labels.push_back({.binding = i, .key_width = key, .width = whole});
  }
  std::vector<FooterLabel> placed;
  for (const PlacedColumn& column : fit_columns(specs, width)) {
    placed.push_back(labels[column.column]);
    placed.back().x = column.x;
  }
  return placed;
}

}  // namespace tierwatch
