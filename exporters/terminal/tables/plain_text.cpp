// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/plain_text.h"

#include <algorithm>

#include "collectors/text/printable_text.h"
#include "exporters/terminal/tables/host_meters.h"
#include "exporters/terminal/tables/layout.h"
#include "exporters/terminal/tables/process_table_view.h"
#include "exporters/terminal/tables/tier_table.h"
#include "exporters/terminal/tables/verdict_line.h"

namespace tierwatch {
namespace {

constexpr int kPlainTierWidth = 132;  ///< all columns but the sparkline
constexpr int kMeterWidth = 100;
constexpr int kTitleColumns = 400;  ///< longer titles are cut

std::string tiers_text(const ViewState& state, const Scene& scene) {
  std::vector<std::size_t> tiers = listed_tiers(*scene.snapshot);
  std::erase_if(
      tiers, [&](std::size_t tier) { return !state.shows_tier(scene.snapshot->tiers[tier].name); });
  const int rows = static_cast<int>(tiers.size());
  Frame frame({kPlainTierWidth, rows + 1}, scene.charset);
  Scene still = scene;
  still.history = nullptr;
  draw_tier_table(frame, {0, 0, kPlainTierWidth, 1}, {0, 1, kPlainTierWidth, rows}, tiers, state,
                  still);
  return frame.text();
}

std::string meters_text(const Scene& scene) {
  Frame frame({kMeterWidth, 4}, scene.charset);
  draw_host_meters(frame, frame.area(), scene);
  return frame.text();
}

std::string processes_text(ViewState state, const Scene& scene) {
  state.row = -1;
  state.top = 0;
  const auto rows = process_rows(*scene.snapshot, state);
  const int count = std::max(1, static_cast<int>(rows.size()));
  Frame frame({kTitleColumns, count + 1}, scene.charset);
  draw_process_table(frame, {0, 0, kTitleColumns, 1}, {0, 1, kTitleColumns, count}, rows, state,
                     scene);
  return frame.text();
}

/// A line of words as they may be shown.
std::string line(const std::string& text, Charset charset) {
  std::string out;
  for (const char32_t glyph : drawable(text, charset)) append_utf8(out, glyph);
  return out + "\n";
}

}  // namespace

std::string plain_text(const ViewState& state, const Scene& scene) {
  if (!scene.snapshot) return "";
  const VerdictWords words = verdict_words(scene);
  std::string text = line(title_words(state, scene).front(), scene.charset);
  text += line(words.badge.substr(1) + " " + words.sentence, scene.charset);
  for (const std::string& evidence : scene.snapshot->verdict.evidence)
    text += line("  · " + evidence, scene.charset);
  text += "\n" + meters_text(scene) + "\n" + tiers_text(state, scene) + "\n" +
          processes_text(state, scene);
  if (!scene.snapshot->notes.empty()) text += "\n";
  for (const std::string& note : scene.snapshot->notes)
    text += line("note: " + note, scene.charset);
  return text;
}

}  // namespace tierwatch
