// SPDX-License-Identifier: MIT
//
// Plots of block characters: what happened over time, one above the other on the same axis, and
// throughput against users.
#pragma once

#include <span>

#include "exporters/report/formats/text_page.h"
#include "exporters/report/plots/plots.h"

namespace tierwatch {

/// Draws what there is: throughput as columns; users, latency, each tier's CPU of what it can use,
/// and queues as strips of one line; who was full when; where events happened.
void draw_plots(const RunFindings& findings, std::span<const Plot> plots, TextPage& page);

}  // namespace tierwatch
