// SPDX-License-Identifier: MIT
#include "exporters/report/formats/report_html.h"
#include "exporters/report/trend/trend_document.h"
#include "exporters/report/trend/trend_plots.h"

namespace tierwatch {

std::string trend_text(const RunTrend& trend, const TextOptions& options) {
  const ReportDocument document = describe(trend);
  return report_text(document, options, [&trend](TextPage& page) {
    if (trend.series.empty()) return;
    page.heading("Run after run");
    for (const TrendSeries& series : trend.series)
      if (!series.changes.empty() || &series == &trend.series.front())
        draw_trend(trend, series, page);
  });
}

std::string trend_html(const RunTrend& trend) {
  std::string plots;
  for (const TrendSeries& series : trend.series)
    plots += "<section>\n<h2>" + html_text(series.title) + "</h2>\n" + trend_svg(trend, series) +
             "</section>\n";
  return document_html(describe(trend), plots);
}

}  // namespace tierwatch
