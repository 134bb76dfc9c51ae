// SPDX-License-Identifier: MIT
//
// An examination for people and for programs.
#pragma once

#include <string>

#include "daemon/doctor/findings.h"

namespace tierwatch {

/// Who looked and where; what is limited or missing with its fix, then what is well; what can be
/// read of each tier as a table. Bytes that would drive a terminal are made visible.
std::string doctor_text(const Examination& examined, const std::vector<Finding>& found);

/// The same as one JSON object, described in docs/install.md.
std::string doctor_json(const Examination& examined, const std::vector<Finding>& found);

}  // namespace tierwatch
