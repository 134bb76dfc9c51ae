// SPDX-License-Identifier: MIT
#include "collectors/parse/kept_file.h"

#include <cerrno>

namespace tierwatch {

FileText ReadContext::read(const std::string& path, std::string_view name) {
  const FileText text = files.read(path, buffer);
  if (text.fault && *text.fault != Fault::kGone) faults.count(name, *text.fault);
  return text;
}

FileText KeptFile::open_and_read(const std::string& path, ReadContext& context, Keep keep,
                                 std::size_t most) {
  if (keep == Keep::kNo || context.spare_descriptors == 0)
    return context.files.read(path, context.buffer, most);
  file_ = context.files.open(path.c_str());
  if (!file_) return {{}, fault_of_errno(errno)};
  --context.spare_descriptors;
  return ProcFs::reread(file_, context.buffer, most);
}

void KeptFile::close(ReadContext& context) {
  if (file_) ++context.spare_descriptors;
  file_.reset();
}

}  // namespace tierwatch
