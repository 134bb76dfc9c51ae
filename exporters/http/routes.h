// SPDX-License-Identifier: MIT
//
// What tierwatch answers over HTTP: / /metrics /api/v1/snapshot /-/healthy /-/ready.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "exporters/http/http_server.h"
#include "exporters/latest_snapshot.h"
#include "exporters/service_state.h"

namespace tierwatch {

/// The routes over `latest` and `state`, which must outlive the server that gets them. `now` tells
/// CLOCK_MONOTONIC.
std::map<std::string, HttpHandler> make_routes(const LatestSnapshot& latest,
                                               const ServiceState& state,
                                               std::function<nanoseconds()> now);

}  // namespace tierwatch
