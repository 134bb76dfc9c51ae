// SPDX-License-Identifier: MIT
//
// The numbers behind every plot, for spreadsheets and scripts.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string_view>

#include "exporters/report/plots/plots.h"

namespace tierwatch {

/// All plots in one table: `plot,x,x_value,time,series,unit,value`, a row for each value that is
/// known; `time` is ISO 8601 in UTC with milliseconds, empty for plots that are not over time.
/// RFC 4180 with line feeds.
void write_csv(const RunFindings& findings, std::span<const Plot> plots, std::ostream& out);

/// One plot as a table of its own: its x, the time, a column for each line. What is not known is
/// empty.
void write_plot_csv(const RunFindings& findings, const Plot& plot, std::ostream& out);

/// A file for each plot (`cpu.csv`) and `steps.csv`, `events.csv`, into `directory`, which is made
/// when missing. Throws std::runtime_error naming the file that cannot be written.
void write_csv_directory(const RunFindings& findings, std::span<const Plot> plots,
                         const std::filesystem::path& directory);

/// `text` as a field; quoted where needed. A text that a spreadsheet would take for a formula gets
/// an apostrophe before it.
std::string csv_field(std::string_view text);

}  // namespace tierwatch
