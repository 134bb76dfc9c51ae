// SPDX-License-Identifier: MIT
#include "collectors/python/python_layout.h"

#include <array>
#include <string_view>

#include "collectors/text/format.h"

namespace tierwatch {
namespace {

/// Include/internal/pycore_{runtime,interp,frame,gil}.h and Include/cpython/{pystate,code,
/// unicodeobject}.h of 3.11, on x86-64. 3.11.0 to 3.11.x share them: they are part of its ABI.
PythonLayout layout_3_11() {
  PythonLayout layout;
  layout.minor = 11;
  layout.runtime_interpreters = 40;
  layout.interpreter_next = 0;
  layout.interpreter_threads = 16;
  layout.thread_next = 8;
  layout.thread_native_id = 160;
  layout.thread_cframe = 56;
  layout.current_frame = 8;
  layout.frame_code = 32;
  layout.frame_previous = 48;
  layout.frame_instruction = 56;
  layout.frame_owner = 69;
  layout.first_foreign_owner = 3;
  layout.code_file = 112;
  layout.code_name = 128;  // co_qualname
  layout.code_first_line = 72;
  layout.code_lines = 136;
  layout.code_instructions = 184;
  layout.text_state = 32;
  layout.text_ascii_data = 48;
  layout.text_other_data = 72;
  layout.lock_in_runtime = 360;
  return layout;
}

/// The same files of 3.9, and Include/cpython/frameobject.h.
PythonLayout layout_3_9() {
  PythonLayout layout;
  layout.minor = 9;
  layout.runtime_interpreters = 32;
  layout.interpreter_next = 0;
  layout.interpreter_threads = 8;
  layout.thread_next = 8;
  layout.thread_pthread = 176;
  layout.current_frame = 24;
  layout.frame_code = 32;
  layout.frame_previous = 24;
  layout.frame_instruction = 104;
  layout.frame_instruction_is_distance = true;
  layout.code_file = 104;
  layout.code_name = 112;  // co_name: it has no qualified one
  layout.code_first_line = 40;
  layout.code_lines = 120;
  layout.line_form = LineTable::Form::kLineNumbers;
  layout.text_state = 32;
  layout.text_ascii_data = 48;
  layout.text_other_data = 72;
  layout.lock_in_runtime = 352;
  return layout;
}

/// Places of the numbers in struct _Py_DebugOffsets (Include/internal/pycore_debug_offsets.h),
/// counted in 64 bits from its start. The same in all versions: a cookie, the version, and whether
/// the interpreter is free-threaded.
struct OffsetPlaces {
  std::size_t interpreters_head, interpreter_next, interpreter_threads, interpreter_lock;
  std::size_t thread_next, thread_current_frame, thread_native_id;
  std::size_t frame_previous, frame_executable, frame_instruction, frame_owner;
  std::size_t code_file, code_qualname, code_lines, code_first_line, code_instructions;
  std::size_t object_type, bytes_size, bytes_data, text_state, text_length, text_ascii_size;
};

constexpr OffsetPlaces kPlaces13{.interpreters_head = 5,
                                 .interpreter_next = 8,
                                 .interpreter_threads = 9,
                                 .interpreter_lock = 14,
                                 .thread_next = 21,
                                 .thread_current_frame = 23,
                                 .thread_native_id = 25,
                                 .frame_previous = 29,
                                 .frame_executable = 30,
                                 .frame_instruction = 31,
                                 .frame_owner = 33,
                                 .code_file = 35,
                                 .code_qualname = 37,
                                 .code_lines = 38,
                                 .code_first_line = 39,
                                 .code_instructions = 43,
                                 .object_type = 45,
                                 .bytes_size = 65,
                                 .bytes_data = 66,
                                 .text_state = 68,
                                 .text_length = 69,
                                 .text_ascii_size = 70};

constexpr OffsetPlaces kPlaces14{.interpreters_head = 5,
                                 .interpreter_next = 8,
                                 .interpreter_threads = 9,
                                 .interpreter_lock = 15,
                                 .thread_next = 24,
                                 .thread_current_frame = 26,
                                 .thread_native_id = 28,
                                 .frame_previous = 32,
                                 .frame_executable = 33,
                                 .frame_instruction = 34,
                                 .frame_owner = 36,
                                 .code_file = 40,
                                 .code_qualname = 42,
                                 .code_lines = 43,
                                 .code_first_line = 44,
                                 .code_instructions = 48,
                                 .object_type = 51,
                                 .bytes_size = 75,
                                 .bytes_data = 76,
                                 .text_state = 78,
                                 .text_length = 79,
                                 .text_ascii_size = 80};

constexpr std::size_t kFreeThreaded = 2, kFirstOffset = 3, kPlaces = 81;
constexpr std::string_view kRead = "3.9, 3.11, 3.13 and 3.14";
constexpr std::string_view kCookie = "xdebugpy";
constexpr std::uint64_t kLargestOffset = 1u << 20;

std::optional<PythonLayout> described_layout(RemoteMemory& memory, std::uint64_t runtime,
                                             const OffsetPlaces& places) {
  std::array<std::uint64_t, kPlaces> told;
  if (!memory.read(runtime, std::as_writable_bytes(std::span(told)))) return std::nullopt;
  if (std::memcmp(told.data(), kCookie.data(), kCookie.size()) != 0) return std::nullopt;
  bool sane = true;
  const auto at = [&](std::size_t place) {
    sane &= told[place] < kLargestOffset;
    return static_cast<std::uint32_t>(told[place]);
  };
  PythonLayout layout;
  layout.minor = static_cast<int>(told[1] >> 16 & 0xff);
  layout.runtime_interpreters = at(places.interpreters_head);
  layout.interpreter_next = at(places.interpreter_next);
  layout.interpreter_threads = at(places.interpreter_threads);
  layout.lock_pointer = at(places.interpreter_lock);
  layout.thread_next = at(places.thread_next);
  layout.thread_native_id = at(places.thread_native_id);
  layout.current_frame = at(places.thread_current_frame);
  layout.frame_code = at(places.frame_executable);
  layout.frame_previous = at(places.frame_previous);
  layout.frame_instruction = at(places.frame_instruction);
  layout.frame_owner = at(places.frame_owner);
  layout.first_foreign_owner = 3;  // FRAME_OWNED_BY_CSTACK, FRAME_OWNED_BY_INTERPRETER
  layout.code_file = at(places.code_file);
  layout.code_name = at(places.code_qualname);
  layout.code_first_line = at(places.code_first_line);
  layout.code_lines = at(places.code_lines);
  layout.code_instructions = at(places.code_instructions);
  layout.object_type = at(places.object_type);
  layout.bytes_size = at(places.bytes_size);
  layout.bytes_data = at(places.bytes_data);
  layout.text_length = at(places.text_length);
  layout.text_state = at(places.text_state);
  layout.text_ascii_data = at(places.text_ascii_size);
  layout.text_other_data =
      layout.text_ascii_data + 16;  // PyCompactUnicodeObject: utf8_length, utf8
  return sane ? std::optional(layout) : std::nullopt;
}

std::string named(std::uint32_t version) {
  return formatted("Python {}.{}", version >> 24 & 0xff, version >> 16 & 0xff);
}

}  // namespace

std::optional<PythonLayout> python_layout(RemoteMemory& memory, std::uint64_t runtime,
                                          std::optional<std::uint32_t> version, std::string& why) {
#if !defined(__x86_64__)
  why = "it is read on x86-64 only";
  return std::nullopt;
#endif
  if (!version) {
    why = formatted("it is Python 3.8 or older, which is not read: {} are", kRead);
    return std::nullopt;
  }
  if (*version >> 16 == 0x0309) return layout_3_9();
  if (*version >> 16 == 0x030b) return layout_3_11();
  const int minor = static_cast<int>(*version >> 16 & 0xff);
  if (*version >> 24 != 3 || (minor != 13 && minor != 14)) {
    why = formatted("it is {}, which is not read: {} are", named(*version), kRead);
    return std::nullopt;
  }
  if (memory.value<std::uint64_t>(runtime + 8 * kFreeThreaded).value_or(1) != 0) {
    why = "it is a free-threaded " + named(*version) + ", which is not read";
    return std::nullopt;
  }
  const auto layout = described_layout(memory, runtime, minor == 13 ? kPlaces13 : kPlaces14);
  if (!layout || layout->minor != minor) {
    why = "what it says of itself makes no sense";
    return std::nullopt;
  }
  return layout;
}

}  // namespace tierwatch
