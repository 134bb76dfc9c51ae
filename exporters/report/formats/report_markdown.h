// SPDX-License-Identifier: MIT
//
// The report for a diary of runs kept in Markdown: one heading, the answer, tables.
#pragma once

#include <string>
#include <string_view>

#include "exporters/report/document.h"

namespace tierwatch {

/// CommonMark with tables as GitHub has them, without plots. Ends in a line feed. What came from
/// outside can neither format nor link nor hold HTML.
std::string report_markdown(const ReportDocument& document);

/// For a comment below a change: a heading that says how the thresholds came out, their table, the
/// answer, and all of report_markdown() folded away; without that where it would be longer than
/// GitHub takes (65,536 characters).
std::string report_comment(const RunFindings& findings);

/// `text` as one line in which nothing is Markdown.
std::string markdown_text(std::string_view text, std::size_t longest = 2000);

}  // namespace tierwatch
