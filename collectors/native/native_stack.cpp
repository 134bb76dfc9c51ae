// SPDX-License-Identifier: MIT
#include "collectors/native/native_stack.h"

namespace tierwatch {
namespace {

/// What compilers of code at run time keep, for want of rules: the caller's frame pointer and where
/// it goes on.
UnwindStep step_by_frame_pointer(const StackCopy& stack, CodeRegisters& registers) {
  const std::uint64_t frame = registers[kFramePointer];
  const auto callers = stack.word(frame), back = stack.word(frame + sizeof(std::uint64_t));
  if (frame < registers[kStackPointer] || !callers || !back) return UnwindStep::kNoRule;
  registers[kFramePointer] = *callers;
  registers[kStackPointer] = frame + 2 * sizeof(std::uint64_t);
  registers[kPc] = *back;
  return UnwindStep::kCaller;
}

}  // namespace

CodePoint code_point(const CodeSpace& space, CodeFiles& files, std::uint64_t address) {
  CodePoint point{.code = code_at(space.codes, address), .file = {}, .address = address};
  if (point.code == nullptr) return point;
  const auto file = files.of(space.pid, *point.code);
  const bool own = !point.code->path.starts_with('/');  // the kernel's library is one segment
  const std::uint64_t offset = address - point.code->start + (own ? 0 : point.code->offset);
  const auto inside = file ? file->address_of(offset) : std::nullopt;
  if (!inside) return point;
  point.file = file;
  point.address = *inside;
  return point;
}

NativeStack unwind(const CpuSample& sample, const CodeSpace& space, CodeFiles& files) {
  const StackCopy stack{sample.registers[kStackPointer], sample.stack};
  CodeRegisters registers = sample.registers;
  NativeStack found;
  bool exact = true;  // a caller goes on after its call, which may be another function's first byte
  while (registers[kPc] != 0) {
    if (found.points.size() == kMostNativeFrames) {
      found.cut = true;
      break;
    }
    found.points.push_back(code_point(space, files, registers[kPc] - (exact ? 0 : 1)));
    const CodePoint& at = found.points.back();
    const std::uint64_t before = registers[kStackPointer];
    bool interrupted = false;
    UnwindStep step =
        at.file ? at.file->step(at.address, stack, registers, interrupted) : UnwindStep::kNoRule;
    if (step == UnwindStep::kNoRule) step = step_by_frame_pointer(stack, registers);
    if (step == UnwindStep::kOutermost) break;
    // A stack ends, and does not lead back.
    if (step != UnwindStep::kCaller || registers[kStackPointer] <= before) {
      found.cut = true;
      break;
    }
    exact = interrupted;
  }
  return found;
}

}  // namespace tierwatch
