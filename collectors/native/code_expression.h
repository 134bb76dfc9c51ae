// SPDX-License-Identifier: MIT
//
// Expressions of DWARF as rules of unwinding have them (DWARF 5, 2.5): registers, sums, words of
// the stack. Others are refused.
#pragma once

#include <elfutils/libdw.h>

#include <optional>
#include <span>

#include "collectors/native/perf_records.h"
#include "collectors/native/stack_copy.h"

namespace tierwatch {

struct ExpressionValue {
  std::uint64_t value = 0;
  bool is_value = false;  ///< else the address at which it lies
};

/// `frame` is the canonical frame address, absent while that is what is computed. Absent: it cannot
/// be computed, or refers to memory that was not copied. Pure.
std::optional<ExpressionValue> evaluate(std::span<const Dwarf_Op> operations,
                                        const CodeRegisters& registers,
                                        std::optional<std::uint64_t> frame, const StackCopy& stack);

}  // namespace tierwatch
