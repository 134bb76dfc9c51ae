// SPDX-License-Identifier: MIT
#include "exporters/report/formats/report_html.h"

#include "collectors/text/printable_text.h"
#include "exporters/own_process.h"
#include "exporters/report/document.h"
#include "exporters/report/formats/page_assets.h"
#include "exporters/report/formats/report_json.h"
#include "exporters/report/inside_section.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLongestHtmlCell = 200;
constexpr std::size_t kLongestTitle = 80;

// Inline script and style are the page's own; no address may be loaded, posted to or framed.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'";

std::string element(std::string_view tag, std::string_view text) {
  return "<" + std::string(tag) + ">" + html_text(text) + "</" + std::string(tag) + ">\n";
}

std::string_view class_of(ReportDocument::Tone tone) {
  if (tone == ReportDocument::Tone::kBad) return "bad";
  return tone == ReportDocument::Tone::kGood ? "good" : "neutral";
}

void write_cell(std::string_view tag, const ReportColumn& column, std::string_view text,
                std::string& out) {
  out.append("<").append(tag).append(column.words ? " class=\"words\">" : ">");
  out.append(html_text(text, kLongestHtmlCell)).append("</").append(tag).append(">");
}

void write_html_table(const ReportTable& table, std::string& out) {
  out += "<div class=\"table\"><table>\n<thead><tr>";
  for (const ReportColumn& column : table.columns) write_cell("th", column, column.heading, out);
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) write_cell("td", table.columns[i], row[i], out);
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

void write_html_section(const ReportSection& section, std::string& out) {
  out += "<section>\n" + element("h2", section.title);
  for (const std::string& sentence : section.sentences) out += element("p", sentence);
  if (!section.points.empty()) {
    out += "<ul>\n";
    for (const std::string& point : section.points) out += element("li", point);
    out += "</ul>\n";
  }
  for (const ReportTable& table : section.tables) write_html_table(table, out);
  for (const std::string& picture : section.pictures) out += picture;
  out += "</section>\n";
}

void write_html_head(const ReportDocument& document, std::string& out) {
  out += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"" + std::string(kPolicy) + "\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<meta name=\"color-scheme\" content=\"light dark\">\n";
  out += "<title>" + html_text(document.title, kLongestTitle) + "</title>\n";
  out.append("<style>\n").append(kDygraphsCss).append(kPageCss).append("</style>\n</head>\n");
}

void write_answer(const ReportDocument& document, std::string& out) {
  out += "<p class=\"run\">" + html_text(document.title, kLongestHtmlCell) + "</p>\n";
  out += "<h1 class=\"" + std::string(class_of(document.tone)) + "\">" +
         html_text(document.sentence) + "</h1>\n";
  if (!document.advice.empty())
    out += "<p class=\"advice\">" + html_text(document.advice) + "</p>\n";
  if (!document.inside.empty())
    out += "<p class=\"advice\">" + html_text(document.inside) + "</p>\n";
  out += "<dl class=\"facts\">\n";
  for (const auto& [name, words] : document.facts)
    out += "<dt>" + html_text(name) + "</dt><dd>" + html_text(words) + "</dd>\n";
  out += "</dl>\n";
}

void write_plots(std::span<const Plot> plots, std::string& out) {
  if (plots.empty()) return;
  out +=
      "<section>\n<h2>Over time</h2>\n"
      "<noscript><p>The plots need JavaScript; all else on this page does not.</p></noscript>\n"
      "<div class=\"zoom\" id=\"zoom\"></div>\n<div id=\"time-plots\"></div>\n"
      "<h3>Judged full while it ran</h3>\n<div id=\"strip\"></div>\n</section>\n"
      "<section>\n<h2>Against load</h2>\n<div class=\"side\" id=\"load-plots\"></div>\n"
      "</section>\n";
}

void write_scripts(const RunFindings& findings, std::span<const Plot> plots, std::string& out) {
  if (plots.empty()) return;
  out +=
      "<script type=\"application/json\" id=\"data\">" + page_json(findings, plots) + "</script>\n";
  out.append("<script>\n").append(kDygraphsJs).append("</script>\n");
  out.append("<script>\n").append(kPageJs).append("</script>\n");
}

}  // namespace

std::string html_text(std::string_view text, std::size_t longest) {
  return html_escaped(one_line(text, longest));
}

std::string document_html(const ReportDocument& document, std::string_view between) {
  std::string out;
  write_html_head(document, out);
  out += "<body>\n<main>\n";
  write_answer(document, out);
  for (const ReportSection& section : document.reasons) write_html_section(section, out);
  out += between;
  for (const ReportSection& section : document.details) write_html_section(section, out);
  out +=
      "<footer>tierwatch " + html_text(build_version()) + "</footer>\n</main>\n</body>\n</html>\n";
  return out;
}

std::string report_html(const RunFindings& findings, std::span<const Plot> plots) {
  ReportDocument document = describe(findings);
  add_flame_graphs(findings, document);
  std::string out;
  write_html_head(document, out);
  out += "<body>\n<main>\n";
  write_answer(document, out);
  for (const ReportSection& section : document.reasons) write_html_section(section, out);
  write_plots(plots, out);
  for (const ReportSection& section : document.details) write_html_section(section, out);
  out += "<footer>tierwatch " + html_text(build_version()) + "</footer>\n</main>\n";
  write_scripts(findings, plots, out);
  out += "</body>\n</html>\n";
  return out;
}

}  // namespace tierwatch
