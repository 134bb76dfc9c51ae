// SPDX-License-Identifier: MIT
#include "collectors/native/code_file.h"

namespace tierwatch {

struct CodeFile::Parts {};

bool can_read_code() { return false; }

CodeFile::CodeFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
CodeFile::~CodeFile() = default;
std::shared_ptr<CodeFile> CodeFile::read(const FileDescriptor& /*file*/) { return nullptr; }
std::shared_ptr<CodeFile> CodeFile::at(std::span<std::byte> /*image*/) { return nullptr; }
std::optional<std::uint64_t> CodeFile::address_of(std::uint64_t /*offset*/) const { return {}; }
CodeName CodeFile::name_at(std::uint64_t /*address*/) const { return {}; }
bool CodeFile::stripped() const { return false; }
UnwindStep CodeFile::step(std::uint64_t /*address*/, const StackCopy& /*stack*/,
                          CodeRegisters& /*registers*/, bool& /*interrupted*/) const {
  return UnwindStep::kNoRule;
}

}  // namespace tierwatch
