// SPDX-License-Identifier: MIT
//
// Whether what was read can be right, by Little's law: users are at least throughput × latency.
#pragma once

#include <optional>

#include "collectors/loads/reading/import_input.h"

namespace tierwatch {

/// Requests in flight (throughput × mean latency) for each active user, over the whole run, seconds
/// without an answer included; absent where the series lacks one of the three. 1 without think
/// time; more than 1 only if users send several at once.
std::optional<double> requests_in_flight_per_user(const LoadSeries& series);

/// Refuses a series without requests, and points whose latency or users are in a wrong unit: then
/// fifty and more requests are in flight for each user. Warns from 1.2, and of mere totals.
void refuse_the_impossible(LoadSeries& series, const ImportInput& input);

}  // namespace tierwatch
