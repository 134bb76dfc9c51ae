// SPDX-License-Identifier: MIT
//
// Why a file of the kernel could not be read, and how often.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tierwatch {

/// Why something could not be read. Gone is normal (processes end); the others are trouble worth a
/// look. Exhausted: no descriptor or memory was left.
enum class Fault : std::uint8_t { kGone, kDenied, kMalformed, kExhausted, kOther };

/// "gone", "denied", "malformed", "exhausted", "other": the `reason` label of
/// tierwatch_read_faults_total.
std::string_view to_string(Fault fault);

/// Faults since start, by kernel file ("status", "schedstat", "pressure/cpu", …) and reason. Never
/// falls.
using FaultCounts = std::map<std::pair<std::string, Fault>, std::uint64_t>;

}  // namespace tierwatch
