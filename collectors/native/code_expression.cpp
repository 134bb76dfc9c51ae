// SPDX-License-Identifier: MIT
#include "collectors/native/code_expression.h"

#include <dwarf.h>

#include <array>

namespace tierwatch {
namespace {

class ExpressionStack {
 public:
  bool push(std::optional<std::uint64_t> value) {
    if (!value || used_ == values_.size()) return false;
    values_[used_++] = *value;
    return true;
  }
  std::optional<std::uint64_t> pop() {
    if (used_ == 0) return std::nullopt;
    return values_[--used_];
  }

 private:
  std::array<std::uint64_t, 32> values_{};
  std::size_t used_ = 0;
};

std::optional<std::uint64_t> combined(unsigned operation, std::uint64_t left, std::uint64_t right) {
  const auto lower = static_cast<std::int64_t>(left), upper = static_cast<std::int64_t>(right);
  switch (operation) {
    case DW_OP_plus:
      return left + right;
    case DW_OP_minus:
      return left - right;
    case DW_OP_mul:
      return left * right;
    case DW_OP_and:
      return left & right;
    case DW_OP_or:
      return left | right;
    case DW_OP_shl:
      return right < 64 ? left << right : 0;
    case DW_OP_shr:
      return right < 64 ? left >> right : 0;
    case DW_OP_eq:
      return lower == upper;
    case DW_OP_ne:
      return lower != upper;
    case DW_OP_ge:
      return lower >= upper;
    case DW_OP_gt:
      return lower > upper;
    case DW_OP_le:
      return lower <= upper;
    case DW_OP_lt:
      return lower < upper;
    default:
      return std::nullopt;
  }
}

std::optional<std::uint64_t> register_plus(const CodeRegisters& registers, std::uint64_t number,
                                           std::uint64_t offset) {
  if (number >= registers.size()) return std::nullopt;
  return registers[number] + offset;
}

/// What an operation puts on the stack by itself; absent: it is none of those.
std::optional<std::uint64_t> operand(const Dwarf_Op& operation, const CodeRegisters& registers,
                                     std::optional<std::uint64_t> frame) {
  const unsigned atom = operation.atom;
  if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31)
    return register_plus(registers, atom - DW_OP_breg0, operation.number);
  if (atom == DW_OP_bregx) return register_plus(registers, operation.number, operation.number2);
  if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31) return atom - DW_OP_lit0;
  if (atom == DW_OP_call_frame_cfa) return frame;
  const bool constant = (atom >= DW_OP_const1u && atom <= DW_OP_consts) || atom == DW_OP_addr;
  if (constant) return operation.number;
  return std::nullopt;
}

bool apply(const Dwarf_Op& operation, const CodeRegisters& registers,
           std::optional<std::uint64_t> frame, const StackCopy& stack, ExpressionStack& values) {
  if (operation.atom == DW_OP_nop) return true;
  if (const auto own = operand(operation, registers, frame)) return values.push(own);
  const auto top = values.pop();
  if (!top) return false;
  if (operation.atom == DW_OP_deref) return values.push(stack.word(*top));
  if (operation.atom == DW_OP_plus_uconst) return values.push(*top + operation.number);
  if (operation.atom == DW_OP_dup) return values.push(top) && values.push(top);
  if (operation.atom == DW_OP_drop) return true;
  const auto below = values.pop();
  return below && values.push(combined(operation.atom, *below, *top));
}

}  // namespace

std::optional<ExpressionValue> evaluate(std::span<const Dwarf_Op> operations,
                                        const CodeRegisters& registers,
                                        std::optional<std::uint64_t> frame,
                                        const StackCopy& stack) {
  ExpressionStack values;
  for (const Dwarf_Op& operation : operations) {
    const unsigned atom = operation.atom;
    const bool last = &operation == &operations.back();
    if (last && atom >= DW_OP_reg0 && atom <= DW_OP_reg31 && atom - DW_OP_reg0 < registers.size())
      return ExpressionValue{registers[atom - DW_OP_reg0], true};
    if (last && atom == DW_OP_regx && operation.number < registers.size())
      return ExpressionValue{registers[operation.number], true};
    if (last && atom == DW_OP_stack_value) {
      const auto value = values.pop();
      if (value) return ExpressionValue{*value, true};
    }
    if (!apply(operation, registers, frame, stack, values)) return std::nullopt;
  }
  const auto value = values.pop();
  if (!value) return std::nullopt;
  return ExpressionValue{*value, false};
}

}  // namespace tierwatch
