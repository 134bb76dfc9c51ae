// SPDX-License-Identifier: MIT
//
// Stacks for https://www.speedscope.app, in its own format: "sampled" of
// https://www.speedscope.app/file-format-schema.json.
#pragma once

#include <string>

#include "analysis/inside/inside_report.h"

namespace tierwatch {

/// Weights are seconds of threads.
std::string speedscope_json(const InsideReport& report);

}  // namespace tierwatch
