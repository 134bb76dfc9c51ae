// SPDX-License-Identifier: MIT
//
// The door to libbpf: loads the BPF program and reads what it writes. A build without clang or
// libbpf has only the answer that there is none (no_task_iterator.cpp).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>

namespace tierwatch {

/// Why there is no iterator, or it is no more, in words.
class TaskIteratorError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Not thread-safe.
class TaskIterator {
 public:
  virtual ~TaskIterator() = default;

  /// The records of all tasks (task_record.h), valid until the next call. Throws TaskIteratorError.
  virtual std::span<const std::byte> read() = 0;
};

/// Whether this build has the program in it.
bool has_task_iterator();

/// Loads it into the kernel, for as long as it lives: about 50 ms. Wants CAP_BPF and CAP_PERFMON.
/// Throws TaskIteratorError, with what libbpf or the kernel said.
std::unique_ptr<TaskIterator> make_task_iterator();

}  // namespace tierwatch
