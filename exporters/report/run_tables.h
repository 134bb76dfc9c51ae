// SPDX-License-Identifier: MIT
//
// The tables of a run's report. Columns are chosen to fit a terminal of 80; what is not known of
// any row has no column.
#pragma once

#include "exporters/report/document.h"

namespace tierwatch {

/// A row for each step: load, throughput, errors, latency, shape, who was full.
ReportTable steps_table(const RunFindings& findings);
/// A row for each tier of a step: CPU against what bounds it.
ReportTable cpu_table(const StepFindings& step);
/// Workers, queues, and what the workers wait for.
ReportTable work_table(const StepFindings& step);
/// Memory, files, connections against their limits.
ReportTable room_table(const StepFindings& step);
/// CPU-seconds per request of each tier.
ReportTable demand_table(const RunFindings& findings);
/// Where each tier and the host end, lowest first.
ReportTable ceilings_table(const RunFindings& findings);
ReportTable events_table(const RunFindings& findings);
/// A row for each threshold that was set, with how it came out.
ReportTable thresholds_table(const RunFindings& findings);
/// "1 of 3 thresholds is exceeded, 1 cannot be judged."; empty when none was set.
std::string thresholds_sentence(const RunFindings& findings);

/// The table without columns whose cells are all empty or absent; without rows, when nothing but
/// its first column is left.
ReportTable without_empty_columns(ReportTable table);

}  // namespace tierwatch
