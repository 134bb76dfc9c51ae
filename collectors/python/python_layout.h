// SPDX-License-Identifier: MIT
//
// Where CPython keeps what we want to know, version by version: tables for 3.9 and 3.11, read from
// their headers, and from 3.13 on what the interpreter says of itself (_Py_DebugOffsets).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collectors/memory/remote_memory.h"
#include "collectors/python/line_table.h"

namespace tierwatch {

/// Offsets in bytes from the start of each structure.
struct PythonLayout {
  int minor = 0;  ///< 11 for 3.11

  std::uint32_t runtime_interpreters = 0;  ///< _PyRuntime.interpreters.head
  std::uint32_t interpreter_next = 0, interpreter_threads = 0;
  std::uint32_t thread_next = 0, thread_native_id = 0;
  /// Until 3.10: instead of its number the thread has the address that pthread_self(3) gives.
  std::optional<std::uint32_t> thread_pthread;
  /// Until 3.12: the thread points to a _PyCFrame on the C stack, and that to the frame.
  std::optional<std::uint32_t> thread_cframe;
  std::uint32_t current_frame = 0;  ///< in the _PyCFrame, else in the thread
  std::uint32_t frame_code = 0, frame_previous = 0, frame_instruction = 0;
  /// Until 3.10: instead of an address, the frame has a distance in bytes (f_lasti, an int).
  bool frame_instruction_is_distance = false;
  std::optional<std::uint32_t> frame_owner;  ///< absent until 3.10: each frame is a function's
  int first_foreign_owner = 0;  ///< frames of this owner and above are entries from C: no function
  std::uint32_t code_file = 0, code_name = 0, code_first_line = 0, code_lines = 0,
                code_instructions = 0;
  LineTable::Form line_form = LineTable::Form::kLocations;
  std::uint32_t object_type = 8;
  std::uint32_t bytes_size = 16, bytes_data = 32;
  std::uint32_t text_length = 16, text_state = 0, text_ascii_data = 0, text_other_data = 0;

  /// The structure of the interpreter lock: in the runtime, or behind a pointer of the interpreter.
  std::uint32_t lock_in_runtime = 0;
  std::optional<std::uint32_t> lock_pointer;
  std::uint32_t lock_size = 208;  ///< struct _gil_runtime_state, at most
};

/// The layout of the interpreter whose _PyRuntime lies at `runtime`; `version` is Py_Version's
/// value, absent where it is not exported. Absent with `why` in words when it is none that we know.
std::optional<PythonLayout> python_layout(RemoteMemory& memory, std::uint64_t runtime,
                                          std::optional<std::uint32_t> version, std::string& why);

}  // namespace tierwatch
