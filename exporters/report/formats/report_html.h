// SPDX-License-Identifier: MIT
//
// The report as one HTML file that needs no network: the answer, why, plots that zoom together,
// tables.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "analysis/runs/run_findings.h"
#include "exporters/report/document.h"
#include "exporters/report/plots/plots.h"

namespace tierwatch {

/// The whole page, with dygraphs in it. Its content security policy lets it load nothing, whatever
/// names from outside hold. Without JavaScript the sentences and tables are there still.
std::string report_html(const RunFindings& findings, std::span<const Plot> plots);

/// A document as a page of its own. `between` stands between its reasons and its details: HTML of
/// our own making, with pictures for example.
std::string document_html(const ReportDocument& document, std::string_view between);

/// `text` as HTML in which nothing is a tag, an entity or the end of an attribute; one line.
std::string html_text(std::string_view text, std::size_t longest = 2000);

}  // namespace tierwatch
