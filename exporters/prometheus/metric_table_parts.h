// SPDX-License-Identifier: MIT
//
// The metric table in the parts it is written in: one function per heading of docs/metrics.md. Only
// metric_table*.cpp include this.
#pragma once

#include "exporters/prometheus/metric_table.h"

namespace tierwatch {

inline constexpr auto kGauge = MetricKind::kGauge;
inline constexpr auto kCounter = MetricKind::kCounter;
inline constexpr auto kDetail = MetricGroup::kDetail;
using MetricRows = std::vector<Metric>;

MetricRows tier_process_rows();
MetricRows tier_counter_rows();
MetricRows tier_memory_rows();
MetricRows tier_extreme_rows();
MetricRows tier_identity_rows();
MetricRows host_cpu_rows();
MetricRows host_memory_rows();
MetricRows host_pressure_rows();
MetricRows host_disk_rows();
MetricRows host_link_rows();
MetricRows host_limit_rows();
MetricRows verdict_rows();
MetricRows tier_capacity_rows();
MetricRows listener_rows();
MetricRows edge_rows();
MetricRows process_rows();
MetricRows daemon_rows();
MetricRows web_rows();
MetricRows own_process_rows();
MetricRows old_name_rows();

}  // namespace tierwatch
