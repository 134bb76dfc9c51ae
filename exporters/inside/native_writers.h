// SPDX-License-Identifier: MIT
//
// What the native code of a tier does on a CPU, for a terminal and as JSON; docs/inside.md
// describes it. Flame graph and speedscope file are those of all stacks.
#pragma once

#include <string>

#include "analysis/inside/native_findings.h"

namespace tierwatch {

/// Several lines, the verdict first. Bytes that would drive a terminal are made visible. Pure.
std::string native_text(const NativeReport& report);

/// The same as a part of another text, without the verdict; empty: nothing was on a CPU. Pure.
std::string native_section(const NativeReport& report);

/// One document. Ends with a line feed.
std::string native_json(const NativeReport& report);

/// `document` of something else with that of `report` in it, as "native".
std::string with_native_json(const std::string& document, const NativeReport& report);

}  // namespace tierwatch
