// SPDX-License-Identifier: MIT
#include "exporters/report/text_page.h"

#include <algorithm>
#include <numeric>

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

std::string spaces(std::size_t count) { return std::string(count, ' '); }

/// Cuts after `width` columns.
std::pair<std::string, std::string> cut(std::string_view text, std::size_t width) {
  std::string head, tail;
  std::size_t used = 0;
  for (const char32_t glyph : drawable(text)) {
    used += static_cast<std::size_t>(glyph_width(glyph));
    append_utf8(used <= width || head.empty() ? head : tail, glyph);
  }
  return {head, tail};
}

std::string aligned(const std::string& cell, std::size_t width, bool words) {
  const std::size_t used = columns_of(cell);
  const std::string padding = spaces(width > used ? width - used : 0);
  return words ? cell + padding : padding + cell;
}

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

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(text_width(drawable(text)));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t used = 0;
  const auto put = [&](std::string word) {
    std::size_t size = columns_of(word);
    if (used > 0 && used + 1 + size > width) {
      lines.emplace_back();
      used = 0;
    }
    while (used == 0 && size > width) {
      auto [head, tail] = cut(word, width);
      lines.back() = head;
      lines.emplace_back();
      word = tail;
      size = columns_of(word);
    }
    if (used > 0) lines.back() += ' ';
    lines.back() += word;
    used += size + (used > 0 ? 1 : 0);
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.find(' ', at), text.size());
    while (text.substr(end).starts_with(" %"))  // no line begins with the unit of the one before
      end = std::min(text.find(' ', end + 1), text.size());
    if (end > at) put(std::string(text.substr(at, end - at)));
    at = end + 1;
  }
  return lines;
}

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
    drawn(without_trailing_space(
        aligned(i == 0 ? std::string(label) : std::string(), indent, true) + lines[i]));
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
      line += aligned(row[i], widths[i], table.columns[i].words) + gap;
    const auto last = wrapped(row.back(), widths.back());
    line += aligned(last.front(), widths.back(), table.columns.back().words);
    drawn(without_trailing_space(std::move(line)));
    for (std::size_t i = 1; i < last.size(); ++i) drawn(spaces(before) + last[i]);
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
