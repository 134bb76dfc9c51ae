// SPDX-License-Identifier: MIT
#include "collectors/native/code_files.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include <cstring>
#include <vector>

#include "collectors/parse/foreign_file.h"
#include "collectors/parse/mapped_file.h"

namespace tierwatch {
namespace {

/// The kernel's own library is the same in each process: ours is as good.
std::shared_ptr<const CodeFile> kernel_library() {
  static std::vector<std::byte> copy = [] {
    std::vector<std::byte> bytes;
    const auto address = getauxval(AT_SYSINFO_EHDR);
    if (address == 0) return bytes;
    const auto* image = reinterpret_cast<const std::byte*>(address);
    Elf64_Ehdr head;
    std::memcpy(&head, image, sizeof head);
    bytes.assign(image, image + head.e_shoff + head.e_shnum * head.e_shentsize);
    return bytes;
  }();
  return CodeFile::at(copy);
}

bool is_inode(const FileDescriptor& file, std::uint64_t inode) {
  struct stat status {};
  return file && fstat(file.get(), &status) == 0 && status.st_ino == inode;
}

}  // namespace

std::shared_ptr<const CodeFile> CodeFiles::read(pid_t pid, const MappedCode& code) const {
  if (!code.path.starts_with('/')) return kernel_library();
  if (const FileDescriptor mapped = open_mapped_file(files_, pid, code.range))
    return CodeFile::read(mapped);
  // Another file may have taken its name: then there are no names.
  const FileDescriptor named = ForeignFiles(files_, pid).open(code.path);
  return is_inode(named, code.inode) ? CodeFile::read(named) : nullptr;
}

std::shared_ptr<const CodeFile> CodeFiles::of(pid_t pid, const MappedCode& code) {
  const Key key{code.device, code.inode, code.path};
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  if (known_.size() >= kMostFiles) return nullptr;
  return known_[key] = read(pid, code);
}

}  // namespace tierwatch
