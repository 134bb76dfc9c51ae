// SPDX-License-Identifier: MIT
#include "exporters/report/formats/text_page.h"

#include <algorithm>
#include <numeric>

#include "collectors/text/printable_text.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLongestSentence = 800;
constexpr std::size_t kLongestCell = 60;
constexpr std::size_t kNarrowestColumn = 12;  ///< in which the last one is wrapped
constexpr std::size_t kGap = 2;               ///< between columns, where there is room

std::string_view color_of(ReportDocument::Tone tone) {
  switch (tone) {
    case ReportDocument::Tone::kBad:
      return "\x1b[1;31m";
    case ReportDocument::Tone::kGood:
      return "\x1b[1;32m";
    default:
      return "\x1b[1m";
  }
}
constexpr std::string_view kPlain = "\x1b[0m";

Align align_of(const ReportColumn& column) { return column.words ? Align::kLeft : Align::kRight; }

std::string without_trailing_space(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

using Cells = std::vector<std::vector<std::string>>;

std::vector<std::size_t> widths_of(const Cells& cells) {
  std::vector<std::size_t> widths(cells.front().size());
  for (const auto& row : cells)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  return widths;
}

}  // namespace

std::string TextPage::shown(std::string_view text) const {
  return one_line(text, kLongestSentence, options_.charset);
}

void TextPage::headline(std::string_view sentence, ReportDocument::Tone tone) {
  for (const std::string& line : wrapped(shown(sentence), options_.width))
    drawn(options_.color ? std::string(color_of(tone)) + line + std::string(kPlain) : line);
}

void TextPage::heading(std::string_view title) {
  blank();
  const std::string line = shown(title);
  if (options_.color) {
    drawn(std::string(color_of(ReportDocument::Tone::kNeutral)) + line + std::string(kPlain));
    return;
  }
  drawn(line);
  std::string rule;
  for (std::size_t i = 0; i < columns_of(line); ++i)
    append_utf8(rule, options_.charset == Charset::kAscii ? U'-' : U'─');
  drawn(rule);
}

void TextPage::labelled(std::string_view label, std::size_t indent, std::string_view text) {
  const auto lines = wrapped(shown(text), options_.width - indent);
  for (std::size_t i = 0; i < lines.size(); ++i)
    drawn(without_trailing_space(padded(i == 0 ? label : "", indent) + lines[i]));
}

void TextPage::point(std::string_view text) {
  labelled(options_.charset == Charset::kAscii ? "*" : "•", 2, text);
}

void TextPage::table(const ReportTable& table) {
  Cells cells(1);
  for (const ReportColumn& column : table.columns) cells[0].push_back(shown(column.heading));
  for (const auto& row : table.rows) {
    cells.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i)
      cells.back().push_back(
          one_line(row[i], i + 1 < row.size() ? kLongestCell : kLongestSentence, options_.charset));
  }
  std::vector<std::size_t> widths = widths_of(cells);
  const std::size_t cells_width = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
  const bool crowded = cells_width + kGap * (widths.size() - 1) > options_.width;
  const std::string gap(crowded ? 1 : kGap, ' ');
  const std::size_t before = cells_width - widths.back() + gap.size() * (widths.size() - 1);
  // The last column gets what is left; what does not fit there goes to lines below.
  const std::size_t room = options_.width > before ? options_.width - before : 0;
  widths.back() = std::min(widths.back(), std::max(room, kNarrowestColumn));
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      line += padded(row[i], widths[i], align_of(table.columns[i])) + gap;
    const auto last = wrapped(row.back(), widths.back());
    line += padded(last.front(), widths.back(), align_of(table.columns.back()));
    drawn(without_trailing_space(std::move(line)));
    for (std::size_t i = 1; i < last.size(); ++i) drawn(std::string(before, ' ') + last[i]);
  }
}

void TextPage::section(const ReportSection& section) {
  heading(section.title);
  for (const std::string& sentence : section.sentences) paragraph(sentence);
  for (const std::string& one : section.points) point(one);
  for (std::size_t i = 0; i < section.tables.size(); ++i) {
    if (i > 0 || !section.sentences.empty() || !section.points.empty()) blank();
    table(section.tables[i]);
  }
}

}  // namespace tierwatch
