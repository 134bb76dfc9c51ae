// SPDX-License-Identifier: MIT
//
// What was seen inside the tiers of a run, as sentences, tables and flame graphs.
#pragma once

#include "exporters/report/document.h"

namespace tierwatch {

/// "62 % of uwsgi's CPU in render_template (shop/views.py:41)": what clearly dominates or grew, of
/// the tier that limits where that is known; empty: nothing does, or nobody looked. Pure.
std::string inside_headline(const RunFindings& findings);

/// A section for each tier that was looked into, and one of what could not be. Pure.
std::vector<ReportSection> inside_sections(const RunFindings& findings);

/// Adds flame graphs to the sections of inside_sections() in a document.
void add_flame_graphs(const RunFindings& findings, ReportDocument& document);

}  // namespace tierwatch
