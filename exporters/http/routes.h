// SPDX-License-Identifier: MIT
//
// What tierwatch answers over HTTP: / /metrics /metrics/processes /api/v1/snapshot /api/v1/recent
// /-/healthy /-/ready.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "exporters/http/http_server.h"
#include "exporters/latest_snapshot.h"
#include "exporters/live/recent_history.h"
#include "exporters/service_state.h"

namespace tierwatch {

/// The routes over `latest`, `state` and `recent`, which must outlive the server that gets them.
/// `now` gives CLOCK_MONOTONIC.
std::map<std::string, HttpHandler> make_routes(const LatestSnapshot& latest,
                                               const ServiceState& state,
                                               const RecentHistory& recent,
                                               std::function<nanoseconds()> now);

}  // namespace tierwatch
