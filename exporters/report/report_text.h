// SPDX-License-Identifier: MIT
//
// The report for a terminal: the answer first, then why, then plots of block characters, then
// tables.
#pragma once

#include <span>
#include <string>

#include "exporters/glyphs.h"
#include "exporters/report/document.h"
#include "exporters/report/plots.h"

namespace tierwatch {

struct TextOptions {
  std::size_t width = 80;  ///< columns; at least 40 are used
  bool color = false;      ///< escape sequences; nothing is said by colour alone
  Charset charset = Charset::kUnicode;
};

/// Ends in a line feed. Whatever came from outside is made drawable (see one_line).
std::string report_text(const RunFindings& findings, std::span<const Plot> plots,
                        const TextOptions& options = {});
std::string report_text(const RunComparison& comparison, const TextOptions& options = {});

}  // namespace tierwatch
