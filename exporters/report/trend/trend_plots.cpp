// SPDX-License-Identifier: MIT
#include "exporters/report/trend/trend_plots.h"

#include <algorithm>
#include <cmath>

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/report/formats/report_html.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

constexpr std::size_t kPlotRows = 8;
constexpr std::size_t kPlotLabel = 12;  ///< columns left of the axis
constexpr double kSvgWidth = 860, kSvgHeight = 190, kSvgLeft = 80, kSvgTop = 12, kSvgBottom = 26;

/// The values' range with some room, so that a change is seen as large as it is beside the noise.
struct TrendRange {
  double low = 0, high = 1;
  double part(double value) const { return (value - low) / (high - low); }
};

TrendRange range_of(const TrendSeries& series) {
  std::vector<double> known;
  for (const auto& value : series.values)
    if (value) known.push_back(*value);
  const auto [least, most] = std::ranges::minmax(known);
  const double room = std::max((most - least) * 0.08, std::abs(most) * 0.01);
  return {least - room, most + std::max(room, 1e-12)};
}

/// The level at a run; absent: it has no change, and so no line but the mean's.
double level_at(const TrendSeries& series, std::size_t run) {
  double level = series.changes.front().before;
  for (const TrendChange& change : series.changes)
    if (run >= change.run) level = change.after;
  return level;
}

using TrendCanvas = std::vector<std::u32string>;

std::size_t row_of(const TrendRange& range, double value) {
  const double row = (1 - range.part(value)) * double(kPlotRows);
  return std::size_t(std::clamp(row, 0.0, double(kPlotRows) - 1));
}

void draw_points(const TrendSeries& series, const TrendRange& range, double per_column,
                 Charset charset, TrendCanvas& canvas) {
  const char32_t line = charset == Charset::kAscii ? U'-' : U'─';
  const char32_t point = charset == Charset::kAscii ? U'*' : U'●';
  for (std::size_t run = 0; run < series.values.size(); ++run) {
    const auto column = std::size_t(double(run) / per_column);
    if (!series.changes.empty()) canvas[row_of(range, level_at(series, run))][column] = line;
  }
  for (std::size_t run = 0; run < series.values.size(); ++run)
    if (series.values[run])
      canvas[row_of(range, *series.values[run])][std::size_t(double(run) / per_column)] = point;
}

std::string below_axis(const TrendSeries& series, double per_column, std::size_t columns,
                       Charset charset) {
  std::u32string marks(columns, U' ');
  for (const TrendChange& change : series.changes)
    marks[std::size_t(double(change.run) / per_column)] = charset == Charset::kAscii ? U'^' : U'▲';
  std::string text;
  for (const char32_t mark : marks) append_utf8(text, mark);
  return text;
}

double svg_x(std::size_t run, std::size_t runs) {
  return kSvgLeft + (double(run) + 0.5) * (kSvgWidth - kSvgLeft - 10) / double(runs);
}

double svg_y(const TrendRange& range, double value) {
  return kSvgTop + (1 - range.part(value)) * (kSvgHeight - kSvgTop - kSvgBottom);
}

std::string svg_text(double x, double y, std::string_view anchor, std::string_view text) {
  return formatted("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                   html_text(text));
}

void add_levels(const TrendSeries& series, const TrendRange& range, std::string& svg) {
  const std::size_t runs = series.values.size();
  for (std::size_t i = 0; i <= series.changes.size(); ++i) {
    const std::size_t begin = i == 0 ? 0 : series.changes[i - 1].run;
    const std::size_t end = i < series.changes.size() ? series.changes[i].run : runs;
    const double level = i == 0 ? series.changes.front().before : series.changes[i - 1].after;
    const double half = (svg_x(1, runs) - svg_x(0, runs)) / 2, y = svg_y(range, level);
    svg += formatted(
        "<line class=\"level\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
        svg_x(begin, runs) - half, svg_x(end - 1, runs) + half, y, y);
  }
  for (const TrendChange& change : series.changes) {
    const double x = (svg_x(change.run, runs) + svg_x(change.run - 1, runs)) / 2;
    svg += formatted(
               "<line class=\"change {}\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{:.1f}\" y2=\"{:.1f}\">",
               change.verdict == Change::kWorse ? "worse" : "better", x, x, kSvgTop,
               kSvgHeight - kSvgBottom) +
           "<title>" + html_text(change.words) + "</title></line>\n";
  }
}

}  // namespace

std::string trend_figure(const TrendSeries& series, double value) {
  if (series.unit == "ratio") return ratio_figure(value);
  if (series.unit == "/s") return rate_figure(value) + "/s";
  // Two digits hide a change of a few per cent.
  const double scale = value < 1e-3 ? 1e6 : value < 1 ? 1e3 : 1;
  const double shown = value * scale;
  return formatted("{:.{}f} {}", shown,
                   shown < 10    ? 2
                   : shown < 100 ? 1
                                 : 0,
                   scale > 1e3 ? "µs"
                   : scale > 1 ? "ms"
                               : "s");
}

void draw_trend(const RunTrend& trend, const TrendSeries& series, TextPage& page) {
  const std::size_t runs = series.values.size();
  const std::size_t room = std::max<std::size_t>(10, page.options().width - kPlotLabel - 1);
  const double per_column = std::max(1.0, double(runs) / double(room));
  const auto columns = std::size_t(std::ceil(double(runs) / per_column));
  const TrendRange range = range_of(series);
  const Charset charset = page.options().charset;
  TrendCanvas canvas(kPlotRows, std::u32string(columns, U' '));
  draw_points(series, range, per_column, charset, canvas);
  page.blank();
  page.paragraph(series.title + (series.changes.empty() ? ": no change" : ""));
  for (std::size_t row = 0; row < kPlotRows; ++row) {
    const std::string label = row == 0               ? trend_figure(series, range.high)
                              : row + 1 == kPlotRows ? trend_figure(series, range.low)
                                                     : "";
    std::string line = padded(one_line(label, kPlotLabel, charset), kPlotLabel - 1, Align::kRight) +
                       (charset == Charset::kAscii ? "|" : "┤");
    for (const char32_t glyph : canvas[row]) append_utf8(line, glyph);
    page.drawn(line);
  }
  const std::string marks = below_axis(series, per_column, columns, charset);
  page.drawn(std::string(kPlotLabel, ' ') + (series.changes.empty() ? "" : marks));
  page.drawn(std::string(kPlotLabel, ' ') + padded("1", columns > 8 ? columns - 4 : 1) +
             (columns > 8 ? padded(std::to_string(trend.runs.size()), 4, Align::kRight) : ""));
}

std::string trend_svg(const RunTrend& trend, const TrendSeries& series) {
  const TrendRange range = range_of(series);
  const std::size_t runs = series.values.size();
  std::string svg =
      formatted("<svg class=\"trend\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"", kSvgWidth,
                kSvgHeight);
  svg += html_text(series.title + " of " + std::to_string(runs) + " runs") + "\">\n";
  for (const double part : {0.0, 0.5, 1.0}) {
    const double value = range.low + part * (range.high - range.low), y = svg_y(range, value);
    svg += formatted("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
                     kSvgLeft, kSvgWidth - 10, y, y) +
           svg_text(kSvgLeft - 8, y + 4, "end", trend_figure(series, value));
  }
  if (!series.changes.empty()) add_levels(series, range, svg);
  for (std::size_t i = 0; i < runs; ++i) {
    if (!series.values[i]) continue;
    const TrendRun& run = trend.runs[i];
    svg += formatted("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\"><title>", svg_x(i, runs),
                     svg_y(range, *series.values[i])) +
           html_text("run " + std::to_string(i + 1) + ", " + run.name + ", " +
                     local_time(run.begin, "%Y-%m-%d %H:%M") + ": " +
                     trend_figure(series, *series.values[i])) +
           "</title></circle>\n";
  }
  for (const std::size_t run : {std::size_t{0}, runs / 2, runs - 1})
    svg += svg_text(svg_x(run, runs), kSvgHeight - 8, "middle", std::to_string(run + 1));
  return svg + "</svg>\n";
}

}  // namespace tierwatch
