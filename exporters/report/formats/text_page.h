// SPDX-License-Identifier: MIT
//
// Lines of text of a fixed width: wrapped sentences, aligned tables, headings.
#pragma once

#include <string>
#include <string_view>

#include "exporters/report/document.h"
#include "exporters/report/formats/report_text.h"

namespace tierwatch {

class TextPage {
 public:
  explicit TextPage(const TextOptions& options) : options_(options) {}

  /// The first lines: bold, in the colour of the tone.
  void headline(std::string_view sentence, ReportDocument::Tone tone);
  void heading(std::string_view title);
  void paragraph(std::string_view text) { labelled("", 0, text); }
  /// A paragraph in the columns from `indent` on; `label`, our own text, before its first line.
  void labelled(std::string_view label, std::size_t indent, std::string_view text);
  void point(std::string_view text);
  void table(const ReportTable& table);
  void section(const ReportSection& section);
  void blank() { text_ += '\n'; }
  /// A line of our own making, taken as it is.
  void drawn(std::string_view line) { text_.append(line).append(1, '\n'); }

  const TextOptions& options() const { return options_; }
  std::string take() { return std::move(text_); }

 private:
  std::string shown(std::string_view text) const;

  TextOptions options_;
  std::string text_;
};

}  // namespace tierwatch
