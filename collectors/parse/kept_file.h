// SPDX-License-Identifier: MIT
//
// A small kernel file that is read often: kept open as long as the allowance lasts, because the
// walk along its path costs more than its text.
#pragma once

#include <string>
#include <string_view>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {

/// What reading processes takes. Lives as long as the collector; not thread-safe.
struct ReadContext {
  const ProcFs& files;
  FaultLog& faults;
  std::string buffer{};
  std::size_t spare_descriptors = 0;  ///< how many more files may be kept open

  /// Reads and counts a fault under `name`, unless the process is gone: that is its good right.
  FileText read(const std::string& path, std::string_view name);
};

/// Whether a file is worth a descriptor once it has been read.
enum class Keep : bool { kNo, kYes };

class KeptFile {
 public:
  KeptFile() = default;
  KeptFile(KeptFile&&) = default;
  KeptFile& operator=(KeptFile&&) = default;

  /// Its text, valid until the context reads again. Once its process or thread has ended the answer
  /// is kGone, even when the pid is in use again (ESRCH; proc(5) files are bound to the task).
  /// `make_path()` is asked for the path only when the file is not open. It is left open if `keep`
  /// says so, and as it was if not.
  template <typename MakePath>
  FileText read(const MakePath& make_path, ReadContext& context, Keep keep,
                std::size_t most = ProcFs::kMostBytes) {
    if (file_) return ProcFs::reread(file_, context.buffer, most);
    return open_and_read(make_path(), context, keep, most);
  }

  /// Closes it and returns what it took of the allowance. Must be called before destruction.
  void close(ReadContext& context);

 private:
  FileText open_and_read(const std::string& path, ReadContext& context, Keep keep,
                         std::size_t most);

  FileDescriptor file_;
};

}  // namespace tierwatch
