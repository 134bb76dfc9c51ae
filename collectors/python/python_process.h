// SPDX-License-Identifier: MIT
//
// One process with a CPython in it: its interpreters, their threads, and what these are in.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectors/memory/bounded_memory.h"
#include "collectors/python/code_reader.h"
#include "collectors/python/thread_reader.h"
#include "collectors/reading.h"

namespace tierwatch {

/// Functions of all processes that are looked at, each once.
class FunctionBook {
 public:
  static constexpr std::size_t kMost = 100'000, kMostText = 32u << 20;

  /// Beyond kMost, or kMostText bytes of names, one function stands for all that are new.
  std::uint32_t index_of(const PythonFunction& function);
  const std::vector<PythonFunction>& all() const { return all_; }

 private:
  std::map<PythonFunction, std::uint32_t> indices_;
  std::vector<PythonFunction> all_;
  std::size_t text_ = 0;
};

/// A thread as its interpreter knows it.
struct InterpreterThread {
  std::uint64_t native_id = 0;
  std::uint64_t lock = 0;  ///< address of the interpreter lock's structure; 0: not known
  PythonSample sample;     ///< its frames, and how they were read
};

/// Not thread-safe.
class PythonProcess {
 public:
  /// More of a process are not looked at.
  static constexpr std::size_t kMostInterpreters = 64, kMostThreads = 1024;
  /// Code objects, and ranges of their line tables, that are remembered; then all are read anew.
  static constexpr std::size_t kMostCode = 16'384, kMostLineRanges = 512 * 1024;

  /// Null with `why` in words: "no CPython in it", "it is Python 3.12, which is not read".
  static std::unique_ptr<PythonProcess> find(std::unique_ptr<RemoteMemory> memory,
                                             const std::vector<std::uint64_t>& images,
                                             std::string& why);

  /// Looks at all threads once. False when the interpreter is gone: the process has ended, or is
  /// another program now. `now` is CLOCK_MONOTONIC.
  bool look(FunctionBook& functions, nanoseconds now, std::vector<InterpreterThread>& threads);

  RemoteMemory& memory() { return memory_; }
  const PythonLayout& layout() const { return layout_; }

 private:
  struct KnownCode {
    CodeFacts facts;
    std::uint32_t function = 0;
    nanoseconds checked{};
  };

  PythonProcess(BoundedMemory memory, const PythonLayout& layout, std::uint64_t runtime,
                std::uint64_t code_type);
  std::vector<std::uint64_t> interpreters();
  const KnownCode* code(std::uint64_t address, FunctionBook& functions, nanoseconds now);
  bool resolve(const RawThread& raw, FunctionBook& functions, nanoseconds now,
               PythonSample& sample);
  void look_at(ThreadReader& reader, RawThread& raw, FunctionBook& functions, nanoseconds now,
               PythonSample& sample);

  BoundedMemory memory_;
  PythonLayout layout_;
  std::uint64_t runtime_, code_type_;
  std::unordered_map<std::uint64_t, ThreadReader> readers_;  ///< by the thread state's address
  std::unordered_map<std::uint64_t, KnownCode> code_;
  std::size_t line_ranges_ = 0;  ///< of code_
};

}  // namespace tierwatch
