// SPDX-License-Identifier: MIT
#include "tests/support/fake_python.h"

#include <algorithm>

namespace tierwatch {
namespace {

// Variables that the image exports.
constexpr std::uint64_t kVersion = FakePython::kImage + 0x600,
                        kCodeType = FakePython::kImage + 0x640;

}  // namespace

FakePython::FakePython() {
  put_image(memory, kImage,
            {{"_PyRuntime", kRuntime}, {"Py_Version", kVersion}, {"PyCode_Type", kCodeType}});
  set_version(0x030b02f0);
  memory.put(kRuntime, std::vector<std::byte>(1024));
}

void FakePython::set_version(std::uint32_t version) { memory.put_value(kVersion, version); }

std::uint64_t FakePython::take(std::size_t bytes) {
  const std::uint64_t address = next_;
  next_ += (bytes + 15) / 16 * 16;
  memory.put(address, std::vector<std::byte>(bytes));
  return address;
}

std::uint64_t FakePython::text(std::u32string_view characters) {
  const char32_t most = characters.empty() ? 0 : *std::ranges::max_element(characters);
  const std::uint32_t kind = most < 0x100 ? 1 : most < 0x10000 ? 2 : 4;
  const bool ascii = most < 0x80;
  const std::uint64_t data = ascii ? 48 : 72;
  const std::uint64_t address = take(data + characters.size() * kind + 4);
  memory.put_value(address + 16, std::uint64_t{characters.size()});
  memory.put_value(address + 32, kind << 2 | 1u << 5 | (ascii ? 1u << 6 : 0));
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const auto character = static_cast<std::uint32_t>(characters[i]);
    memory.put(address + data + i * kind,
               std::as_bytes(std::span(&character, 1)).first(kind));  // little-endian
  }
  return address;
}

std::uint64_t FakePython::code(std::u32string_view name, std::u32string_view file,
                               std::uint32_t first_line, std::string_view lines) {
  const std::uint64_t table = take(32 + lines.size());
  memory.put_value(table + 16, std::uint64_t{lines.size()});
  memory.put(table + 32, std::as_bytes(std::span(lines)));
  const std::uint64_t name_at = text(name), file_at = text(file);
  const std::uint64_t address = take(256);
  memory.put_value(address + 8, kCodeType);
  memory.put_value(address + 72, first_line);
  memory.put_value(address + 112, file_at);
  memory.put_value(address + 128, name_at);
  memory.put_value(address + 136, table);
  return address;
}

std::uint64_t FakePython::frame(std::uint64_t code, std::uint64_t previous, std::int64_t unit,
                                std::uint8_t owner) {
  const std::uint64_t address = take(96);
  memory.put_value(address + 32, code);
  memory.put_value(address + 48, previous);
  memory.put_value(address + 56, code + 184 + static_cast<std::uint64_t>(2 * unit));
  memory.put_value(address + 69, owner);
  return address;
}

std::uint64_t FakePython::thread(std::uint64_t native_id, std::uint64_t frame, std::uint64_t next) {
  const std::uint64_t cframe = take(24), address = take(256);
  memory.put_value(cframe + 8, frame);
  memory.put_value(address + 8, next);
  memory.put_value(address + 56, cframe);
  memory.put_value(address + 160, native_id);
  return address;
}

std::uint64_t FakePython::interpreter(std::uint64_t threads, std::uint64_t next) {
  const std::uint64_t address = take(64);
  memory.put_value(address, next);
  memory.put_value(address + 16, threads);
  return address;
}

void FakePython::start(std::uint64_t interpreters) {
  memory.put_value(kRuntime + 40, interpreters);
}

std::uint64_t FakePython::pointer_of(std::uint64_t thread) {
  return memory.value<std::uint64_t>(thread + 56).value_or(0) + 8;
}

}  // namespace tierwatch
