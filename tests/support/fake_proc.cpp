// SPDX-License-Identifier: MIT
#include "tests/support/fake_proc.h"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

namespace tierwatch {
namespace {

std::filesystem::path make_temporary_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "fake_proc.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + name);
  return name;
}

}  // namespace

FakeProc::FakeProc() : root_(make_temporary_directory()) {}

FakeProc::~FakeProc() {
  std::error_code ignored;  // a tree that stays behind in /tmp fails no test
  std::filesystem::remove_all(root_, ignored);
}

void FakeProc::write(const std::string& path, std::string_view text) const {
  const auto file = root_ / path;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.exceptions(std::ios::failbit | std::ios::badbit);
  out << text << std::flush;
}

void FakeProc::make_directory(const std::string& path) const {
  std::filesystem::create_directories(root_ / path);
}

void FakeProc::link(const std::string& path, const std::string& target) const {
  const auto file = root_ / path;
  std::filesystem::create_directories(file.parent_path());
  std::filesystem::remove(file);
  std::filesystem::create_symlink(target, file);
}

void FakeProc::make_unreadable(const std::string& path) const {
  link(path, std::filesystem::path(path).filename());
}

void FakeProc::remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }

}  // namespace tierwatch
