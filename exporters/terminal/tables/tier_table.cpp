// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/tier_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "analysis/thresholds.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "exporters/terminal/screen/columns.h"
#include "exporters/terminal/screen/figures.h"
#include "exporters/terminal/tables/host_meters.h"

namespace tierwatch {
namespace {

enum Column : std::size_t {
  kName,
  kBadge,
  kCores,
  kBar,
  kHottest,
  kDelay,
  kQueue,
  kBusy,
  kFds,
  kMemory,
  kAnonymous,
  kLimit,
  kProcesses,
  kConnections,
  kHistory,
  kColumns
};

constexpr std::array<ColumnSpec, kColumns> kTierSpecs = {{
    {.name = "TIER", .width = 11, .rank = 0, .left = true},
    {.name = "STATE", .width = 12, .rank = 0, .left = true},
    {.name = "CPU CORES", .width = 9, .rank = 1},
    {.name = "OF CAPACITY", .width = 15, .rank = 8, .left = true},
    {.name = "HOTTEST", .width = 7, .rank = 7},
    {.name = "DELAY", .width = 5, .rank = 6},
    {.name = "QUEUE", .width = 8, .rank = 2},
    {.name = "BUSY", .width = 7, .rank = 4},
    {.name = "FDS", .width = 4, .rank = 3},
    {.name = "RSS", .width = 5, .rank = 5},
    {.name = "ANON", .width = 5, .rank = 12},
    {.name = "LIMIT", .width = 5, .rank = 10},
    {.name = "PROCS", .width = 5, .rank = 9},
    {.name = "CONNS", .width = 5, .rank = 11},
    {.name = "CPU, LAST", .width = 12, .rank = 10, .left = true, .stretches = true},
}};

struct Figure {
  std::string text;
  Ink ink = Ink::kPlain;
};

Figure unknown() { return {kUnknownFigure, Ink::kDim}; }

Figure cores_words(const TierCpu& cpu) {
  if (!cpu.used_cores) return unknown();
  return {short_cores(*cpu.used_cores) + "/" + known(cpu.capacity_cores, short_cores),
          ink_of_ratio(cpu.ratio)};
}

Figure hottest_words(const TierLine& line) {
  if (!line.hottest_cores) return unknown();
  return {short_cores(*line.hottest_cores), ink_of_ratio(line.hottest_cores, 0.95)};
}

Figure queue_words(const TierLine& line) {
  if (!line.queue) return unknown();
  const auto& [length, limit] = *line.queue;
  const std::string text = short_count(length) + (limit ? "/" + short_count(*limit) : "");
  if (limit && length > *limit) return {text, Ink::kHot};
  return {text, length >= 1 ? Ink::kWarm : Ink::kPlain};
}

Figure busy_words(const TierLine& line) {
  if (!line.workers) return unknown();
  const std::string text = known(line.busy_workers, short_count) + "/" + short_count(*line.workers);
  if (!line.busy_workers || *line.workers <= 0) return {text, Ink::kPlain};
  return {text, ink_of_ratio(*line.busy_workers / *line.workers, 0.95)};
}

Figure ratio_words(const std::optional<double>& ratio, double full) {
  return ratio ? Figure{short_percent(*ratio), ink_of_ratio(ratio, full)} : unknown();
}

Figure plain_words(const std::optional<double>& value, std::string (*format)(double)) {
  return value ? Figure{format(*value)} : unknown();
}

Figure words_of(std::size_t column, const TierLine& line) {
  switch (column) {
    case kBadge:
      return {line.badge, ink_of(line.state)};
    case kCores:
      return cores_words(line.cpu);
    case kHottest:
      return hottest_words(line);
    case kDelay:
      if (!line.run_delay_cores) return unknown();
      return {short_cores(*line.run_delay_cores), line.delayed ? Ink::kWarm : Ink::kPlain};
    case kQueue:
      return queue_words(line);
    case kBusy:
      return busy_words(line);
    case kFds:
      return ratio_words(line.fd_ratio, Thresholds{}.fds);
    case kMemory:
      return plain_words(line.resident_bytes, short_bytes);
    case kAnonymous:
      return plain_words(line.anonymous_bytes, short_bytes);
    case kLimit:
      return ratio_words(line.memory_ratio, Thresholds{}.memory);
    case kProcesses:
      return {short_count(line.processes)};
    case kConnections:
      return plain_words(line.connections, short_count);
    default:
      return {};
  }
}

std::string name_words(const TierLine& line, std::size_t position, bool shown) {
  const std::string key = position < 9 ? std::to_string(position + 1) : " ";
  return (shown ? key : "-") + " " + line.name;
}

void draw_cpu_bar(Frame& frame, int x, int y, int width, const TierLine& line) {
  if (!line.cpu.ratio) return;
  const double ratio = std::clamp(*line.cpu.ratio, 0.0, 1.0);
  const Ink full = ink_of_ratio(line.cpu.ratio);
  const std::string text = short_percent(*line.cpu.ratio);
  const std::array parts = {BarPart{ratio, U'■', full == Ink::kPlain ? Ink::kUser : full}};
  draw_bar(frame, {x, y}, width, parts, text);
}

void draw_sparkline(Frame& frame, int x, int y, int width, const TierLine& line,
                    const ViewState& state, const Scene& scene) {
  if (!scene.history || width <= 0) return;
  const auto pieces = scene.history->of(line.name, static_cast<std::size_t>(width), state.measure);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Ink ink = pieces[i].value_or(0) >= 0.9 ? Ink::kHot : Ink::kSpark;
    frame.repeat(x + static_cast<int>(i), y, spark(pieces[i]), 1, ink);
  }
}

std::string measure_title(SparkMeasure measure) {
  std::string title(to_string(measure));
  std::ranges::transform(title, title.begin(), [](char c) { return c == ' ' ? c : char(c - 32); });
  return title;
}

std::string history_header(int width, SparkMeasure measure) {
  const double seconds =
      std::min(static_cast<double>(width), double{History::kPieces}) * seconds_of(History::kPiece);
  const std::string span =
      seconds < 120 ? whole(seconds) + " S" : few_digits(std::floor(seconds / 60)) + " MIN";
  const std::string words = measure_title(measure) + ", LAST " + span;
  return static_cast<int>(words.size()) <= width ? words : measure_title(measure) + ", " + span;
}

void draw_line(Frame& frame, const Area& row, const std::vector<PlacedColumn>& columns,
               const TierLine& line, std::size_t position, const ViewState& state,
               const Scene& scene) {
  const bool shown = state.shows_tier(line.name);
  for (const PlacedColumn& place : columns) {
    const int x = row.x + place.x;
    const bool absent = line.processes == 0 && place.column > kBadge;
    if (place.column == kName) {
      const Ink ink = !shown || line.processes == 0 ? Ink::kDim : Ink::kStrong;
      frame.put(x, row.y, name_words(line, position, shown), ink, place.width);
    } else if (place.column == kHistory) {
      draw_sparkline(frame, x, row.y, place.width, line, state, scene);
    } else if (absent) {
      continue;
    } else if (place.column == kBar) {
      draw_cpu_bar(frame, x, row.y, place.width, line);
    } else {
      const Figure words = words_of(place.column, line);
      kTierSpecs[place.column].left ? void(frame.put(x, row.y, words.text, words.ink, place.width))
                                    : frame.put_right(x, row.y, words.text, words.ink, place.width);
    }
  }
}

void draw_header(Frame& frame, const Area& area, const std::vector<PlacedColumn>& columns,
                 bool history, SparkMeasure measure) {
  if (area.height < 1) return;
  frame.paint(area, Ink::kHeader);
  for (const PlacedColumn& place : columns) {
    if (place.column == kHistory && !history) continue;
    const ColumnSpec& spec = kTierSpecs[place.column];
    const std::string name =
        place.column == kHistory ? history_header(place.width, measure) : std::string(spec.name);
    spec.left ? void(frame.put(area.x + place.x, area.y, name, Ink::kHeader, place.width))
              : frame.put_right(area.x + place.x, area.y, name, Ink::kHeader, place.width);
  }
}

}  // namespace

std::vector<std::size_t> visible_tiers(const Snapshot& snapshot,
                                       const std::vector<std::size_t>& tiers, int rows) {
  std::vector<std::size_t> positions(tiers.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  const auto room = static_cast<std::size_t>(std::max(0, rows));
  if (positions.size() <= room) return positions;
  const auto lines = tier_lines(snapshot);
  std::stable_sort(positions.begin(), positions.end(), [&](std::size_t a, std::size_t b) {
    return lines[tiers[a]].state < lines[tiers[b]].state;
  });
  positions.resize(room > 1 ? room - 1 : room);
  std::sort(positions.begin(), positions.end());
  return positions;
}

void draw_tier_table(Frame& frame, const Area& header, const Area& body,
                     const std::vector<std::size_t>& tiers, const ViewState& state,
                     const Scene& scene) {
  if (!scene.snapshot || header.height < 1) return;
  const auto columns = fit_columns(kTierSpecs, header.width);
  draw_header(frame, header, columns, scene.history != nullptr, state.measure);
  const auto lines = tier_lines(*scene.snapshot);
  int y = body.y;
  const auto visible = visible_tiers(*scene.snapshot, tiers, body.height);
  for (const std::size_t position : visible) {
    const TierLine& line = lines[tiers[position]];
    draw_line(frame, {body.x, y++, body.width, 1}, columns, line, position, state, scene);
  }
  if (y < body.bottom() && visible.size() < tiers.size()) {
    frame.put(body.x + 2, y, "… and " + std::to_string(tiers.size() - visible.size()) + " more",
              Ink::kDim, body.width - 2);
  }
}

bool shows_graphs(int width) {
  return std::ranges::any_of(fit_columns(kTierSpecs, width),
                             [](const PlacedColumn& place) { return place.column == kHistory; });
}

}  // namespace tierwatch
