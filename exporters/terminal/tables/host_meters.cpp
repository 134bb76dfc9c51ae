// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/host_meters.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "exporters/terminal/scene/tier_lines.h"
#include "exporters/terminal/screen/figures.h"

namespace tierwatch {
namespace {

constexpr int kLabel = 5;             ///< columns of "cpu0 ", "mem  "
constexpr int kNarrow = 60;           ///< below this, one column of meters
constexpr std::size_t kMostBars = 8;  ///< more processors are drawn as one strip

double share(double part, double whole) {
  const double ratio = whole > 0 ? part / whole : 0;
  return std::isfinite(ratio) ? std::clamp(ratio, 0.0, 1.0) : 0;
}

void draw_meter(Frame& frame, const Area& area, std::string_view label,
                std::span<const BarPart> parts, const std::string& text) {
  frame.put(area.x, area.y, label, Ink::kTitle, std::min(kLabel, area.width));
  draw_bar(frame, {area.x + kLabel, area.y}, area.width - kLabel, parts, text);
}

void draw_cpu(Frame& frame, const Area& area, std::string_view label,
              const std::optional<CpuModes>& modes, double processors) {
  if (!modes) return draw_meter(frame, area, label, {}, kUnknownFigure);
  const std::array parts = {
      BarPart{share(modes->user + modes->nice, processors), U'■', Ink::kUser},
      BarPart{share(modes->system, processors), U'▓', Ink::kSystem},
      BarPart{share(modes->irq + modes->softirq, processors), U'▒', Ink::kInterrupt},
      BarPart{share(modes->steal, processors), U'░', Ink::kSteal}};
  std::string text = short_percent(share(modes->busy(), processors));
  const double stolen = share(modes->steal, processors);
  if (stolen >= 0.005) text += ", " + short_percent(stolen) + " stolen";
  draw_meter(frame, area, label, parts, text);
}

void draw_memory(Frame& frame, const Area& area, const HostReading& host) {
  if (!host.memory) return draw_meter(frame, area, "mem", {}, kUnknownFigure);
  const auto bytes = [](std::uint64_t value) { return static_cast<double>(value); };
  const double total = bytes(host.memory->total_bytes);
  const double used = std::max(0.0, total - bytes(host.memory->available_bytes));
  // What is neither free nor needed: page cache and buffers the kernel can drop.
  const double cache =
      std::max(0.0, bytes(host.memory->available_bytes) - bytes(host.memory->free_bytes));
  const std::array parts = {BarPart{share(used, total), U'■', Ink::kMemory},
                            BarPart{share(cache, total), U'▒', Ink::kCache}};
  draw_meter(frame, area, "mem", parts, short_bytes(used) + "/" + short_bytes(total));
}

void draw_swap(Frame& frame, const Area& area, const HostReading& host) {
  if (!host.memory) return draw_meter(frame, area, "swap", {}, kUnknownFigure);
  const auto total = static_cast<double>(host.memory->swap_total_bytes);
  if (total <= 0) return draw_meter(frame, area, "swap", {}, "none");
  const double used = std::max(0.0, total - static_cast<double>(host.memory->swap_free_bytes));
  const std::array parts = {BarPart{share(used, total), U'■', Ink::kSwap}};
  draw_meter(frame, area, "swap", parts, short_bytes(used) + "/" + short_bytes(total));
}

int put_figure(Frame& frame, int x, const Area& area, std::string_view label,
               const std::string& text, Ink ink) {
  const int end = area.x + area.width;
  if (x + text_width(drawable(label)) + text_width(drawable(text)) > end)
    return end;  // or not at all
  x = frame.put(x, area.y, label, Ink::kDim, std::max(0, end - x));
  return frame.put(x, area.y, text, ink, std::max(0, end - x));
}

void draw_pressure(Frame& frame, const Area& area, const HostSample& host) {
  frame.put(area.x, area.y, "pressure", Ink::kTitle, area.width);
  int x = area.x + 9;
  const std::array<std::pair<std::string_view, std::optional<double>>, 3> kinds = {
      {{"cpu ", host.cpu_pressure_ratio},
       {" mem ", host.memory_pressure_ratio},
       {" io ", host.io_pressure_ratio}}};
  for (const auto& [label, ratio] : kinds)
    x = put_figure(frame, x, area, label, known(ratio, short_percent), ink_of_ratio(ratio, 0.5));
}

void draw_load(Frame& frame, const Area& area, const HostSample& host) {
  frame.put(area.x, area.y, "load", Ink::kTitle, area.width);
  int x = area.x + 9;
  const std::array loads = {host.reading.load1, host.reading.load5, host.reading.load15};
  for (std::size_t i = 0; i < loads.size(); ++i) {
    x = put_figure(frame, x, area, i > 0 ? " " : "", known(loads[i], short_cores),
                   i == 0 ? Ink::kStrong : Ink::kPlain);
  }
  x = put_figure(frame, x, area, "  running ", known(host.reading.runnable, short_count),
                 Ink::kPlain);
  put_figure(frame, x, area, "  blocked ", known(host.reading.blocked, short_count), Ink::kPlain);
}

/// One bar for each processor, side by side in two columns when there are more than rows.
void draw_each_cpu(Frame& frame, const Area& area, const HostSample& host) {
  const int count = static_cast<int>(host.cpus.size());
  const int columns = count > area.height ? 2 : 1;
  const int width = (area.width + 1) / columns - 1;
  for (int i = 0; i < count; ++i) {
    const Area place{
        area.x + i / area.height * (width + 1), area.y + i % area.height,
        i / area.height == columns - 1 ? area.width - (columns - 1) * (width + 1) : width, 1};
    draw_cpu(frame, place, "cpu" + std::to_string(i), host.cpus[static_cast<std::size_t>(i)], 1);
  }
}

/// All processors in one bar, and each of them as one character below it.
void draw_many_cpus(Frame& frame, const Area& area, const HostSample& host) {
  draw_cpu(frame, {area.x, area.y, area.width, 1}, "cpu", host.cpu, host.processors);
  const int width = std::max(1, area.width - kLabel);
  for (std::size_t i = 0; i < host.cpus.size(); ++i) {
    const int row = 1 + static_cast<int>(i) / width;
    if (row >= area.height) return;
    std::optional<double> busy;
    if (host.cpus[i]) busy = share(host.cpus[i]->busy(), 1);
    if (i % static_cast<std::size_t>(width) == 0)
      frame.put(area.x, area.y + row, i == 0 ? "each" : "", Ink::kTitle, kLabel);
    frame.repeat(area.x + kLabel + static_cast<int>(i) % width, area.y + row, spark(busy), 1,
                 busy.value_or(0) >= 0.9 ? Ink::kHot : Ink::kSpark);
  }
}

void draw_processors(Frame& frame, const Area& area, const HostSample& host) {
  const auto room = static_cast<std::size_t>(area.height) * (area.width >= 36 ? 2 : 1);
  const bool each = !host.cpus.empty() && host.cpus.size() <= std::min(kMostBars, room);
  each ? draw_each_cpu(frame, area, host) : draw_many_cpus(frame, area, host);
}

}  // namespace

char32_t spark(std::optional<double> ratio) {
  if (!ratio || !(*ratio >= 0)) return U' ';
  const double eighths = std::min(*ratio, 1.0) * 8;
  return U'▁' + static_cast<char32_t>(std::clamp(static_cast<int>(eighths), 0, 7));
}

void draw_bar(Frame& frame, Point at, int width, std::span<const BarPart> parts,
              const std::string& text) {
  if (width < 3) return;
  const int room = width - 2;
  frame.repeat(at.x, at.y, U'[', 1, Ink::kDim);
  frame.repeat(at.x + width - 1, at.y, U']', 1, Ink::kDim);
  double upto = 0;
  int drawn = 0;
  for (const BarPart& part : parts) {
    upto += part.ratio;
    const int end = std::min(room, static_cast<int>(std::lround(upto * room)));
    frame.repeat(at.x + 1 + drawn, at.y, part.glyph, end - drawn, part.ink);
    drawn = std::max(drawn, end);
  }
  frame.put_right(at.x + 1, at.y, text, Ink::kStrong, room);
}

void draw_host_meters(Frame& frame, const Area& area, const Scene& scene) {
  if (area.height < 1 || !scene.snapshot) return;
  const HostSample& host = scene.snapshot->host;
  const bool narrow = area.width < kNarrow;
  const int left = narrow ? area.width : area.width / 2 - 1;
  const int x = narrow ? area.x : area.x + left + 2;
  const int width = narrow ? area.width : area.width - left - 2;
  int y = area.y;
  const auto row = [&] { return Area{x, y++, width, 1}; };
  if (narrow) {
    draw_cpu(frame, row(), "cpu", host.cpu, host.processors);
  } else {
    draw_processors(frame, {area.x, area.y, left, area.height}, host);
  }
  const int rows = area.bottom() - y;
  if (rows >= 1) draw_memory(frame, row(), host.reading);
  // Recordings do not tell how much swap there is.
  if (rows >= 4) draw_swap(frame, row(), scene.feed.recorded ? HostReading{} : host.reading);
  if (rows >= 2) draw_pressure(frame, row(), host);
  if (rows >= 3) draw_load(frame, row(), host);
}

}  // namespace tierwatch
