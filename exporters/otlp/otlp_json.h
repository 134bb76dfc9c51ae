// SPDX-License-Identifier: MIT
//
// What /metrics shows as the body of an OTLP request (opentelemetry-proto's JSON): under the very
// names that are scraped, with units, so that Prometheus' translation leaves them as they are.
#pragma once

#include <map>
#include <span>
#include <string>

#include "exporters/prometheus/families.h"

namespace tierwatch {

/// Who measures; of these Prometheus makes the labels `job` (service.name) and `instance`
/// (service.instance.id).
using OtlpAttributes = std::map<std::string, std::string>;

/// Of this daemon on a host, unless `given` says otherwise.
OtlpAttributes otlp_attributes(const std::string& hostname, const OtlpAttributes& given);

/// `started_seconds`: of the daemon, since the epoch.
std::string otlp_json(std::span<const CollectedFamily> families, const Snapshot& snapshot,
                      double started_seconds, const OtlpAttributes& attributes);

}  // namespace tierwatch
