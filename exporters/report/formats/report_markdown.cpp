// SPDX-License-Identifier: MIT
#include "exporters/report/formats/report_markdown.h"

#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLongestMarkdownCell = 200;
constexpr std::size_t kLongestComment = 65'000;  ///< bytes

void write_markdown_table(const ReportTable& table, std::string& out) {
  out += "\n|";
  for (const ReportColumn& column : table.columns)
    out += " " + markdown_text(column.heading, kLongestMarkdownCell) + " |";
  out += "\n|";
  for (const ReportColumn& column : table.columns) out += column.words ? "---|" : "---:|";
  out += '\n';
  for (const auto& row : table.rows) {
    out += '|';
    for (const std::string& cell : row)
      out += " " + markdown_text(cell, kLongestMarkdownCell) + " |";
    out += '\n';
  }
}

void write_markdown_section(const ReportSection& section, std::string& out) {
  out += "\n### " + markdown_text(section.title) + "\n";
  for (const std::string& sentence : section.sentences)
    out += "\n" + markdown_text(sentence) + "\n";
  if (!section.points.empty()) out += '\n';
  for (const std::string& point : section.points) out += "- " + markdown_text(point) + "\n";
  for (const ReportTable& table : section.tables) write_markdown_table(table, out);
}

/// Words, and a sign that is seen from afar.
std::string_view thresholds_sign(const RunFindings& findings) {
  using Outcome = ThresholdAnswer::Outcome;
  bool unknown = false;
  for (const ThresholdAnswer& answer : findings.thresholds) {
    if (answer.outcome == Outcome::kExceeded) return "❌ ";
    unknown = unknown || answer.outcome == Outcome::kUnknown;
  }
  if (findings.thresholds.empty()) return "";
  return unknown ? "⚠️ " : "✅ ";
}

}  // namespace

std::string markdown_text(std::string_view text, std::size_t longest) {
  constexpr std::string_view kMeaningful = "\\`*_{}[]<>#|~!&$";
  std::string out;
  bool first = true;
  for (const char c : one_line(text, longest)) {
    // At the begin of a block these make lists, quotes and headings; "1." is made harmless by its
    // dot.
    const bool opens = first && (c == '-' || c == '+' || c == '=' || c == ':');
    if (opens || kMeaningful.find(c) != std::string_view::npos) out += '\\';
    out += c;
    first = first && c == ' ';
  }
  const std::size_t digits = out.find_first_not_of("0123456789");
  if (digits > 0 && digits != std::string::npos && (out[digits] == '.' || out[digits] == ')') &&
      (digits + 1 == out.size() || out[digits + 1] == ' '))
    out.insert(digits, 1, '\\');
  // Bare addresses become links by themselves.
  for (std::size_t at = 0; (at = out.find("://", at)) != std::string::npos; at += 4)
    out.insert(at, 1, '\\');
  return out;
}

std::string report_markdown(const ReportDocument& document) {
  std::string out =
      "## " + markdown_text(document.title) + "\n\n**" + markdown_text(document.sentence) + "**\n";
  if (!document.advice.empty()) out += "\n" + markdown_text(document.advice) + "\n";
  if (!document.inside.empty()) out += "\n" + markdown_text(document.inside) + "\n";
  out += '\n';
  for (const auto& [name, words] : document.facts)
    out += "- **" + markdown_text(name) + "**: " + markdown_text(words) + "\n";
  for (const ReportSection& section : document.reasons) write_markdown_section(section, out);
  for (const ReportSection& section : document.details) write_markdown_section(section, out);
  return out;
}

std::string report_comment(const RunFindings& findings) {
  ReportDocument document = describe(findings);
  const std::string sentence =
      findings.thresholds.empty() ? "No threshold was set." : thresholds_sentence(findings);
  std::string out = "### " + std::string(thresholds_sign(findings)) +
                    "tierwatch: " + markdown_text(sentence) + "\n";
  if (!findings.thresholds.empty()) write_markdown_table(thresholds_table(findings), out);
  out += "\n**" + markdown_text(document.sentence) + "**\n";
  if (!document.advice.empty()) out += "\n" + markdown_text(document.advice) + "\n";
  if (!document.inside.empty()) out += "\n" + markdown_text(document.inside) + "\n";
  std::erase_if(document.reasons,
                [](const ReportSection& section) { return section.title == "Thresholds"; });
  const std::string all = "\n<details><summary>The whole report</summary>\n\n" +
                          report_markdown(document) + "\n</details>\n";
  if (out.size() + all.size() <= kLongestComment) return out + all;
  return out + "\nThe whole report is too long for a comment.\n";
}

}  // namespace tierwatch
