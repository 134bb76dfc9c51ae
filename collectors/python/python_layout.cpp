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

/// struct _Py_DebugOffsets of 3.13: places of its numbers, counted in 64 bits from its start, of
/// which the first is the cookie and the second the version.
enum OffsetPlace : std::size_t {
  kFreeThreaded = 2,
  kInterpretersHead = 5,
  kInterpreterNext = 8,
  kInterpreterThreads = 9,
  kInterpreterLock = 14,  // ceval_gil
  kThreadNext = 21,
  kThreadCurrentFrame = 23,
  kThreadNativeId = 25,
  kFramePrevious = 29,
  kFrameExecutable = 30,
  kFrameInstruction = 31,
  kFrameOwner = 33,
  kCodeFile = 35,
  kCodeQualname = 37,
  kCodeLines = 38,
  kCodeFirstLine = 39,
  kCodeInstructions = 43,
  kObjectType = 45,
  kBytesSize = 65,
  kBytesData = 66,
  kTextState = 68,
  kTextLength = 69,
  kTextAsciiSize = 70,
  kPlaces = 71,
};

constexpr std::string_view kCookie = "xdebugpy";
constexpr std::uint64_t kLargestOffset = 1u << 20;

std::optional<PythonLayout> described_layout(RemoteMemory& memory, std::uint64_t runtime) {
  std::array<std::uint64_t, kPlaces> told;
  if (!memory.read(runtime, std::as_writable_bytes(std::span(told)))) return std::nullopt;
  if (std::memcmp(told.data(), kCookie.data(), kCookie.size()) != 0) return std::nullopt;
  for (std::size_t place = 3; place < kPlaces; ++place) {
    if (told[place] >= kLargestOffset) return std::nullopt;
  }
  const auto at = [&](OffsetPlace place) { return static_cast<std::uint32_t>(told[place]); };
  PythonLayout layout;
  layout.minor = static_cast<int>(told[1] >> 16 & 0xff);
  layout.runtime_interpreters = at(kInterpretersHead);
  layout.interpreter_next = at(kInterpreterNext);
  layout.interpreter_threads = at(kInterpreterThreads);
  layout.lock_pointer = at(kInterpreterLock);
  layout.thread_next = at(kThreadNext);
  layout.thread_native_id = at(kThreadNativeId);
  layout.current_frame = at(kThreadCurrentFrame);
  layout.frame_code = at(kFrameExecutable);
  layout.frame_previous = at(kFramePrevious);
  layout.frame_instruction = at(kFrameInstruction);
  layout.frame_owner = at(kFrameOwner);
  layout.first_foreign_owner = 3;  // FRAME_OWNED_BY_CSTACK
  layout.code_file = at(kCodeFile);
  layout.code_name = at(kCodeQualname);
  layout.code_first_line = at(kCodeFirstLine);
  layout.code_lines = at(kCodeLines);
  layout.code_instructions = at(kCodeInstructions);
  layout.object_type = at(kObjectType);
  layout.bytes_size = at(kBytesSize);
  layout.bytes_data = at(kBytesData);
  layout.text_length = at(kTextLength);
  layout.text_state = at(kTextState);
  layout.text_ascii_data = at(kTextAsciiSize);
  layout.text_other_data = at(kTextAsciiSize) + 16;  // utf8_length, utf8: PyCompactUnicodeObject
  return layout;
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
    why = "it is Python 3.10 or older, which is not read: 3.11 and 3.13 are";
    return std::nullopt;
  }
  if (*version >> 16 == 0x030b) return layout_3_11();
  if (*version >> 16 != 0x030d) {
    why = "it is " + named(*version) + ", which is not read: 3.11 and 3.13 are";
    return std::nullopt;
  }
  if (memory.value<std::uint64_t>(runtime + 8 * kFreeThreaded).value_or(1) != 0) {
    why = "it is a free-threaded " + named(*version) + ", which is not read";
    return std::nullopt;
  }
  const auto layout = described_layout(memory, runtime);
  if (!layout || layout->minor != 13) {
    why = "what it says of itself makes no sense";
    return std::nullopt;
  }
  return layout;
}

}  // namespace tierwatch
