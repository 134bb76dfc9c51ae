// SPDX-License-Identifier: MIT
//
// The files that processes have mapped their code from, each read once, whoever has mapped it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "collectors/native/code_file.h"
#include "collectors/native/mapped_code.h"

namespace tierwatch {

/// Not thread-safe. Opening a file may wait for its file system.
class CodeFiles {
 public:
  /// Others are not read.
  static constexpr std::size_t kMostFiles = 1024;

  /// `files` must outlive it.
  explicit CodeFiles(const ProcFs& files) : files_(files) {}

  /// Null: it cannot be read, or is no program or library.
  std::shared_ptr<const CodeFile> of(pid_t pid, const MappedCode& code);

 private:
  std::shared_ptr<const CodeFile> read(pid_t pid, const MappedCode& code) const;

  const ProcFs& files_;
  using Key = std::tuple<std::string, std::uint64_t, std::string>;  ///< device, inode, path
  std::map<Key, std::shared_ptr<const CodeFile>> known_;
};

/// The code of one process.
struct CodeSpace {
  pid_t pid = 0;
  std::vector<MappedCode> codes;
};

}  // namespace tierwatch
