// SPDX-License-Identifier: MIT
//
// The report for a terminal: the answer first, then why, then plots of block characters, then
// tables.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "exporters/glyphs.h"
#include "exporters/report/document.h"
#include "exporters/report/plots/plots.h"

namespace tierwatch {

class TextPage;

struct TextOptions {
  std::size_t width = 80;  ///< columns; at least 40 are used
  bool color = false;      ///< escape sequences; nothing is said by colour alone
  Charset charset = Charset::kUnicode;
};

/// Ends in a line feed. Whatever came from outside is made drawable (see one_line).
std::string report_text(const RunFindings& findings, std::span<const Plot> plots,
                        const TextOptions& options = {});
/// A document; `draw` adds plots between its reasons and its details.
std::string report_text(const ReportDocument& document, const TextOptions& options = {},
                        const std::function<void(TextPage&)>& draw = {});
std::string report_text(const RunComparison& comparison, const TextOptions& options = {});

}  // namespace tierwatch
