// SPDX-License-Identifier: MIT
//
// One writer for a recording: two daemons on one history would each number ticks and forget old
// ones without knowing of the other.
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// False once the name leads to another file than the known one, or to none. True while that cannot
/// be known: a failed look is no reason to give up what is there.
bool may_lead_to(const std::filesystem::path& file, const struct stat& known);

/// Makes the file if there is none, for its owner to write and its group to read, and holds it
/// against other writers until it is destroyed; ends with the process, however that ends. Readers
/// are not kept away.
class RecordingLock {
 public:
  /// Throws RecordingError when another writer has it, or the file cannot be opened for writing. On
  /// a file system without locks everybody may write.
  explicit RecordingLock(const std::filesystem::path& file);

  /// False once the name leads to another file, or to none (may_lead_to): nobody finds what is
  /// written now.
  bool still_named() const;

 private:
  std::filesystem::path file_;
  FileDescriptor descriptor_;
};

}  // namespace tierwatch
