// SPDX-License-Identifier: MIT
//
// A /proc and /sys of a test's own: a temporary tree that ProcFs(fake.root()) reads as the machine.
// Gone with the object.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tests/support/temporary_folder.h"

namespace tierwatch {

class FakeProc {
 public:
  const std::filesystem::path& root() const { return folder_.path(); }

  /// Writes a file ("proc/stat"), replacing what was there; directories on the way are made.
  void write(const std::string& path, std::string_view text) const;

  void make_directory(const std::string& path) const;

  /// A symbolic link such as proc/42/exe; `target` need not exist.
  void link(const std::string& path, const std::string& target) const;

  /// Makes `path` a file whose open fails with ELOOP: present but unreadable, for root as well.
  void make_unreadable(const std::string& path) const;

  /// Removes a file or a whole directory, as when a process ends.
  void remove(const std::string& path) const;

 private:
  TemporaryFolder folder_;
};

}  // namespace tierwatch
