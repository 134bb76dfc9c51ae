// SPDX-License-Identifier: MIT
#include "tests/support/fake_proc.h"

#include <fstream>

namespace tierwatch {

void FakeProc::write(const std::string& path, std::string_view text) const {
  const auto file = folder_ / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.exceptions(std::ios::failbit | std::ios::badbit);
  out << text << std::flush;
}

void FakeProc::make_directory(const std::string& path) const {
  std::filesystem::create_directories(folder_ / path);
}

void FakeProc::link(const std::string& path, const std::string& target) const {
  const auto file = folder_ / path;
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::remove(file);
  std::filesystem::create_symlink(target, file);
}

void FakeProc::make_unreadable(const std::string& path) const {
  link(path, std::filesystem::path(path).filename());
}

void FakeProc::remove(const std::string& path) const {
  std::filesystem::remove_all(folder_ / path);
}

}  // namespace tierwatch
