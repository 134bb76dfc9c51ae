// SPDX-License-Identifier: MIT
//
// Where samples are pushed to: what the configuration says, and for what it does not say, the
// environment, as OpenTelemetry's own exporters read it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "exporters/otlp/otlp_pusher.h"

namespace tierwatch {

struct OtlpSettings {
  std::optional<OtlpPushOptions> push;  ///< absent: nothing is pushed
  std::vector<std::string> warnings;    ///< of variables that say what cannot be done
};

/// A variable of the environment; null: it is not set.
using Environment = std::function<const char*(const char* name)>;

/// OTEL_EXPORTER_OTLP_{ENDPOINT,HEADERS,TIMEOUT,COMPRESSION,CERTIFICATE,PROTOCOL}, each with
/// _METRICS behind OTLP going before; OTEL_METRIC_EXPORT_INTERVAL, OTEL_RESOURCE_ATTRIBUTES,
/// OTEL_SERVICE_NAME. OTEL_SDK_DISABLED=true and OTEL_METRICS_EXPORTER=none push nothing.
OtlpSettings otlp_settings(const OtlpConfig& config, const Environment& environment);

/// "key=value,key2=value%202" (W3C Baggage); what is none of it is left out.
std::map<std::string, std::string> key_value_list(std::string_view text);

}  // namespace tierwatch
