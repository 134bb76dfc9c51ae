// SPDX-License-Identifier: MIT
//
// The table [otlp].
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/load_config_value.h"

namespace tierwatch {

void read_otlp(const Value& value, OtlpConfig& otlp);

/// "otlp.endpoint" and so on.
std::vector<std::string> otlp_key_names();

}  // namespace tierwatch
