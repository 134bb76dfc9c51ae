// SPDX-License-Identifier: MIT
#include "exporters/report/formats/text_plots.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

using Value = std::optional<double>;
using RowValues = std::vector<Value>;

constexpr std::size_t kNameColumns = 16;
constexpr std::size_t kFigureColumns = 9;  ///< to the right of a strip
constexpr std::size_t kRows = 6;           ///< of columns
constexpr std::size_t kScatterRows = 10;

/// Characters for fills from nothing to full, by eighths (of ASCII there are fewer).
std::string level(double filled, Charset charset) {
  constexpr const char* kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr const char* kAscii[] = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};
  const auto index = static_cast<std::size_t>(std::clamp(std::lround(filled * 8), 0L, 8L));
  return charset == Charset::kAscii ? kAscii[index] : kBlocks[index];
}

const char* glyph(const char* unicode, const char* ascii, const TextPage& page) {
  return page.options().charset == Charset::kAscii ? ascii : unicode;
}

/// The stretch of time that all plots show, in so many columns.
struct TimeAxis {
  double begin = 0, end = 0;
  std::size_t columns = 0;

  std::optional<std::size_t> column(double seconds) const {
    if (seconds < begin || seconds > end || end <= begin) return std::nullopt;
    const auto at = static_cast<std::size_t>((seconds - begin) / (end - begin) * double(columns));
    return std::min(at, columns - 1);
  }
};

TimeAxis axis_of(std::span<const Plot> plots, std::size_t columns) {
  TimeAxis axis{.columns = columns};
  bool any = false;
  for (const Plot& plot : plots) {
    if (!plot.over_time() || plot.xs.empty()) continue;
    axis.begin = any ? std::min(axis.begin, plot.xs.front()) : plot.xs.front();
    axis.end = any ? std::max(axis.end, plot.xs.back()) : plot.xs.back();
    any = true;
  }
  return axis;
}

/// Means of what falls into each column; between two points that are further apart than a column
/// the first one goes on, up to ten seconds.
RowValues means(const Plot& plot, const PlotLine& line, const TimeAxis& axis) {
  std::vector<double> sums(axis.columns), counts(axis.columns);
  for (std::size_t i = 0; i < plot.xs.size(); ++i) {
    const auto column = axis.column(plot.xs[i]);
    if (!column || !line.values[i]) continue;
    std::size_t last = *column;
    if (i + 1 < plot.xs.size() && line.values[i + 1] && plot.xs[i + 1] - plot.xs[i] <= 10)
      if (const auto next = axis.column(plot.xs[i + 1]); next && *next > last) last = *next - 1;
    for (std::size_t at = *column; at <= last && at < axis.columns; ++at) {
      sums[at] += *line.values[i];
      counts[at] += 1;
    }
  }
  RowValues cells(axis.columns);
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (counts[i] > 0) cells[i] = sums[i] / counts[i];
  return cells;
}

double highest(const RowValues& cells) {
  double most = 0;
  for (const Value& cell : cells) most = std::max(most, cell.value_or(0));
  return most;
}

std::string right(const std::string& text, std::size_t width) {
  return padded(text, width, Align::kRight);
}

std::string name_of_strip(std::string_view name, const TextPage& page) {
  return padded(one_line(name, kNameColumns - 2, page.options().charset), kNameColumns);
}

void draw_strip(std::string_view name, const RowValues& cells, double full,
                const std::string& figure, TextPage& page) {
  std::string line = name_of_strip(name, page);
  for (const Value& cell : cells)
    line += cell ? level(full > 0 ? *cell / full : 0, page.options().charset) : " ";
  page.drawn(line + right(figure, kFigureColumns));
}

void draw_columns(const Plot& plot, const PlotLine& line, const TimeAxis& axis, TextPage& page) {
  const RowValues cells = means(plot, line, axis);
  const double most = highest(cells);
  if (most <= 0) return;
  page.drawn(plot.title + (plot.unit.empty() ? "" : " " + plot.unit));
  for (std::size_t row = kRows; row-- > 0;) {
    const bool labelled = row == kRows - 1 || row == 0;
    const double label = row == 0 ? 0 : most;
    std::string text = right(labelled ? rate_figure(label) : "", kNameColumns - 2) +
                       glyph(labelled ? "┤" : "│", "|", page) + " ";
    for (const Value& cell : cells) {
      const double filled = cell.value_or(0) / most * double(kRows) - double(row);
      text += level(std::clamp(filled, 0.0, 1.0), page.options().charset);
    }
    page.drawn(text.substr(0, text.find_last_not_of(' ') + 1));
  }
}

/// Users, and the highest known quantile of latency.
void draw_load_strips(std::span<const Plot> plots, const TimeAxis& axis, TextPage& page) {
  if (const Plot* users = plot_named(plots, "users")) {
    const RowValues cells = means(*users, users->lines.front(), axis);
    draw_strip("users", cells, highest(cells), whole(highest(cells)), page);
  }
  const Plot* latency = plot_named(plots, "latency");
  if (!latency) return;
  const auto p95 = std::ranges::find(latency->lines, "p95", &PlotLine::name);
  const PlotLine& line = p95 == latency->lines.end() ? latency->lines.front() : *p95;
  const RowValues cells = means(*latency, line, axis);
  draw_strip("latency " + line.name, cells, highest(cells), latency_figure(highest(cells)), page);
}

void draw_tier_strips(const Plot& plot, const std::string& what, const TimeAxis& axis,
                      const Value& full, std::string (*figure)(double), TextPage& page) {
  bool titled = false;
  for (const PlotLine& line : plot.lines) {
    const RowValues cells = means(plot, line, axis);
    if (highest(cells) <= 0) continue;
    if (!titled) page.drawn(what);
    titled = true;
    draw_strip(" " + line.name, cells, full.value_or(highest(cells)), figure(highest(cells)), page);
  }
}

/// A line for each thing that was named, marked where it was.
void draw_verdicts(const RunFindings& findings, const TimeAxis& axis, TextPage& page) {
  std::vector<std::vector<bool>> seen;
  std::vector<TierResource> order;
  const auto seconds = [&](std::chrono::system_clock::time_point at) {
    return seconds_of(at - findings.label.begin);
  };
  for (const VerdictSpan& span : findings.strip) {
    if (!span.named) continue;
    const auto known = std::ranges::find(order, *span.named);
    const auto index = static_cast<std::size_t>(known - order.begin());
    if (known == order.end()) {
      order.push_back(*span.named);
      seen.emplace_back(axis.columns, false);
    }
    const double begin = std::max(seconds(span.begin), axis.begin);
    const double end = std::min(seconds(span.end), axis.end);
    if (begin > end || !axis.column(begin)) continue;
    for (std::size_t at = *axis.column(begin); at <= axis.column(end).value_or(at); ++at)
      seen[index][at] = true;
  }
  if (order.empty()) return;
  page.drawn("Judged full while it ran");
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::string line =
        name_of_strip(" " + order[i].tier + " " + std::string(to_string(order[i].resource)), page);
    for (const bool full : seen[i]) line += full ? glyph("▀", "=", page) : " ";
    page.drawn(line.substr(0, line.find_last_not_of(' ') + 1));
  }
}

void draw_events(const RunFindings& findings, const TimeAxis& axis, TextPage& page) {
  std::vector<bool> seen(axis.columns, false);
  bool any = false;
  for (const RunEvent& event : findings.events) {
    const std::chrono::duration<double> at = event.at - findings.label.begin;
    if (const auto column = axis.column(at.count())) seen[*column] = any = true;
  }
  if (!any) return;
  std::string line = name_of_strip("events", page);
  for (const bool here : seen) line += here ? glyph("▲", "^", page) : " ";
  page.drawn(line.substr(0, line.find_last_not_of(' ') + 1));
}

void draw_time_axis(const TimeAxis& axis, TextPage& page) {
  const std::string begin = elapsed_figure(axis.begin), end = elapsed_figure(axis.end);
  const std::string middle = elapsed_figure((axis.begin + axis.end) / 2);
  std::string line = std::string(kNameColumns, ' ') + padded(begin, axis.columns / 2) + middle;
  page.drawn(line + right(end, kNameColumns + axis.columns - columns_of(line)));
}

// ---- throughput against users

std::size_t row_at(double y, double most) {
  const auto from_below = static_cast<std::size_t>(y / most * double(kScatterRows - 1) + 0.5);
  return kScatterRows - 1 - std::min(from_below, kScatterRows - 1);
}

void draw_scatter(const Plot& plot, std::size_t columns, TextPage& page) {
  const auto measured = std::ranges::find(plot.lines, "measured", &PlotLine::name);
  if (measured == plot.lines.end() || plot.xs.back() <= 0) return;
  const auto points =
      std::ranges::count_if(measured->values, [](const Value& value) { return value.has_value(); });
  if (points < 2) return;  // one shows no curve
  double most = 0;
  for (const Value& y : measured->values) most = std::max(most, y.value_or(0));
  std::vector<PlotLimit> limits;
  for (const PlotLimit& limit : plot.limits)
    if (limit.value > 0 && limit.value <= 2.5 * most) limits.push_back(limit);
  for (const PlotLimit& limit : limits) most = std::max(most, limit.value);
  if (most <= 0) return;
  // RowValues: 0 nothing, 1 ceiling, 2 point.
  std::vector<std::string> cells(kScatterRows, std::string(columns, 0));
  std::map<std::size_t, double> labels{{0, most}, {kScatterRows - 1, 0}};
  for (const PlotLimit& limit : limits) {
    cells[row_at(limit.value, most)].assign(columns, 1);
    labels[row_at(limit.value, most)] = limit.value;
  }
  for (std::size_t i = 0; i < plot.xs.size(); ++i)
    if (const Value& y = measured->values[i]) {
      const auto column =
          static_cast<std::size_t>(plot.xs[i] / plot.xs.back() * double(columns - 1));
      cells[row_at(*y, most)][column] = 2;
    }
  page.blank();
  page.drawn(plot.title);
  for (std::size_t row = 0; row < kScatterRows; ++row) {
    const bool labelled = labels.contains(row);
    std::string line = right(labelled ? rate_figure(labels[row]) : "", kNameColumns - 2) +
                       glyph(labelled ? "┤" : "│", "|", page) + " ";
    for (const char cell : cells[row])
      line += cell == 2 ? glyph("●", "o", page) : cell == 1 ? glyph("┄", "-", page) : " ";
    page.drawn(line.substr(0, line.find_last_not_of(' ') + 1));
  }
  page.drawn(std::string(kNameColumns, ' ') + "0" + right(whole(plot.xs.back()), columns - 1));
  for (const PlotLimit& limit : limits)
    page.drawn(std::string(kNameColumns, ' ') + glyph("┄ ", "- ", page) +
               one_line(limit.name, 60, page.options().charset));
}

}  // namespace

void draw_plots(const RunFindings& findings, std::span<const Plot> plots, TextPage& page) {
  const std::size_t columns = page.options().width - kNameColumns - kFigureColumns;
  const TimeAxis axis = axis_of(plots, columns);
  if (axis.end > axis.begin) {
    page.heading("Over time");
    if (const Plot* throughput = plot_named(plots, "throughput"))
      draw_columns(*throughput, throughput->lines.front(), axis, page);
    draw_load_strips(plots, axis, page);
    if (const Plot* plot = plot_named(plots, "utilization"))
      draw_tier_strips(*plot, "CPU, of what each tier can use", axis, 1.0, percent, page);
    if (const Plot* plot = plot_named(plots, "queues"))
      draw_tier_strips(*plot, "Accept queues", axis, std::nullopt, whole, page);
    draw_verdicts(findings, axis, page);
    draw_events(findings, axis, page);
    draw_time_axis(axis, page);
  }
  if (const Plot* plot = plot_named(plots, "throughput_by_users"))
    draw_scatter(*plot, columns, page);
}

}  // namespace tierwatch
