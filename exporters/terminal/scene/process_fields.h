// SPDX-License-Identifier: MIT
//
// The figures of a process that an expression of a custom column may name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "analysis/snapshot.h"

namespace tierwatch {

enum class FieldUnit : std::uint8_t { kCount, kBytes, kSeconds };

struct ProcessField {
  std::string_view name;
  FieldUnit unit = FieldUnit::kCount;
  std::string_view meaning;
  bool recorded = false;  ///< recordings hold it
  /// Absent where it was not read.
  std::optional<double> (*of)(const ProcessSample&) = nullptr;
};

std::span<const ProcessField> process_fields();

}  // namespace tierwatch
