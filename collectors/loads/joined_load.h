// SPDX-License-Identifier: MIT
//
// Several results of one run as one: load generators beside each other are added up, runs one after
// the other become steps.
#pragma once

#include <span>
#include <string>
#include <variant>

#include "collectors/loads/load_series.h"

namespace tierwatch {

/// One series of all: requests, errors and users that fall into the same time are summed. Where all
/// tell totals only, each run (or those at the same time together) is one point, see
/// LoadSeries::points_are_runs. Quantiles of generators beside each other are means weighted by
/// requests: close where all met the same server, not exact. Totals have no quantiles. A single
/// series is returned as it is. Otherwise, why they cannot be joined: one tells no time, or they
/// lie more than an hour apart. Needs at least one. Pure.
std::variant<LoadSeries, std::string> join_loads(std::span<const LoadSeries> loads);

}  // namespace tierwatch
