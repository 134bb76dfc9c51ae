// SPDX-License-Identifier: MIT
//
// A program or library: the names of its functions, and how to find the caller of one from the
// rules that exceptions need (.eh_frame), which a stripped file keeps, too. Any bytes may be in
// such a file. Nothing else of it is read, no other file is looked for, and it is not mapped: who
// cuts it short does us no harm.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "collectors/native/perf_records.h"
#include "collectors/native/stack_copy.h"
#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// Whether this program was built with what reads such files.
bool can_read_code();

enum class UnwindStep : std::uint8_t {
  kCaller,     ///< the registers are the caller's
  kOutermost,  ///< there is none
  kNoRule,     ///< the file does not say how
  kBeyond,     ///< it lies where no stack was copied
};

struct CodeName {
  std::string function;     ///< demangled; empty: the file has no name for it
  std::uint64_t start = 0;  ///< in the file's own addresses; of what has no name, as near as known
};

/// Not thread-safe. Addresses are the file's own.
class CodeFile {
 public:
  /// Larger files are not read.
  static constexpr std::uint64_t kMostBytes = 1u << 30;

  /// Null: no 64-bit ELF file of this machine's kind.
  static std::shared_ptr<CodeFile> read(const FileDescriptor& file);
  /// One that lies in our own memory for as long as we live (the kernel's vdso).
  static std::shared_ptr<CodeFile> at(std::span<std::byte> image);
  ~CodeFile();

  /// What is mapped from that offset of the file; absent: nothing is.
  std::optional<std::uint64_t> address_of(std::uint64_t offset) const;

  CodeName name_at(std::uint64_t address) const;
  /// It has no table of all its functions: only those that it exports have a name.
  bool stripped() const;

  /// Makes of the registers those of the caller. `address` is where the thread is in this file.
  /// `interrupted`: the caller was interrupted by a signal, so that its place is exact.
  UnwindStep step(std::uint64_t address, const StackCopy& stack, CodeRegisters& registers,
                  bool& interrupted) const;

 private:
  struct Parts;
  explicit CodeFile(std::unique_ptr<Parts> parts);
  static std::shared_ptr<CodeFile> of(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tierwatch
