// SPDX-License-Identifier: MIT
#include "exporters/report/formats/report_text.h"

#include <algorithm>

#include "exporters/report/formats/text_page.h"
#include "exporters/report/formats/text_plots.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLeastWidth = 40;
constexpr std::size_t kFactColumn = 12;

void write_head(const ReportDocument& document, TextPage& page) {
  page.headline(document.sentence, document.tone);
  if (!document.advice.empty()) page.paragraph(document.advice);
  if (!document.inside.empty()) page.paragraph(document.inside);
  page.blank();
  for (const auto& [name, words] : document.facts) page.labelled(name, kFactColumn, words);
}

TextOptions usable(TextOptions options) {
  options.width = std::max(options.width, kLeastWidth);
  return options;
}

}  // namespace

std::string report_text(const RunFindings& findings, std::span<const Plot> plots,
                        const TextOptions& options) {
  return report_text(describe(findings), options,
                     [&](TextPage& page) { draw_plots(findings, plots, page); });
}

std::string report_text(const RunComparison& comparison, const TextOptions& options) {
  return report_text(describe(comparison), options);
}

std::string report_text(const ReportDocument& document, const TextOptions& options,
                        const std::function<void(TextPage&)>& draw) {
  TextPage page(usable(options));
  write_head(document, page);
  for (const ReportSection& section : document.reasons) page.section(section);
  if (draw) draw(page);
  for (const ReportSection& section : document.details) page.section(section);
  return page.take();
}

}  // namespace tierwatch
