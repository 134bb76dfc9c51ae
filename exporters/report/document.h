// SPDX-License-Identifier: MIT
//
// A report as headings, sentences and tables: said once, written as text, Markdown and HTML.
// Nothing in it is escaped: whoever writes it out does that.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analysis/compare/run_comparison.h"
#include "analysis/runs/run_findings.h"

namespace tierwatch {

struct ReportColumn {
  std::string heading;
  bool words = false;  ///< left-aligned; else figures
  bool operator==(const ReportColumn&) const = default;
};

struct ReportTable {
  std::vector<ReportColumn> columns;
  std::vector<std::vector<std::string>> rows;  ///< as many cells as columns
  bool operator==(const ReportTable&) const = default;
};

struct ReportSection {
  std::string title;
  std::vector<std::string> sentences;  ///< paragraphs, before the points
  std::vector<std::string> points;
  std::vector<ReportTable> tables;
  std::vector<std::string> pictures;  ///< HTML of our own making, for pages alone
  bool empty() const { return sentences.empty() && points.empty() && tables.empty(); }
  bool operator==(const ReportSection&) const = default;
};

struct ReportDocument {
  /// What the first line says, as a colour would say it.
  enum class Tone { kNeutral, kGood, kBad };
  std::string title;     ///< name of the run, or of the groups
  std::string sentence;  ///< the answer
  std::string advice;    ///< may be empty
  std::string inside;    ///< what stands out inside a tier; may be empty
  Tone tone = Tone::kNeutral;
  std::vector<std::pair<std::string, std::string>> facts;  ///< "Clock", "+7.30 s, by correlation"
  std::vector<ReportSection> reasons;                      ///< why: before the plots
  std::vector<ReportSection> details;                      ///< tables: after them
  bool operator==(const ReportDocument&) const = default;
};

/// Sections without content are left out. Pure.
ReportDocument describe(const RunFindings& findings);
ReportDocument describe(const RunComparison& comparison);

}  // namespace tierwatch
