// SPDX-License-Identifier: MIT
#include "collectors/python/code_reader.h"

#include <algorithm>
#include <array>
#include <vector>

#include "collectors/text/printable_text.h"

namespace tierwatch {
namespace {

/// The largest part of a code object that lies before its instructions.
constexpr std::size_t kCodeBytes = 512;

std::string as_utf8(std::span<const std::byte> bytes, unsigned kind) {
  std::string text;
  for (std::size_t at = 0; at + kind <= bytes.size(); at += kind) {
    const std::uint32_t character = kind == 1   ? value_at<std::uint8_t>(bytes, at)
                                    : kind == 2 ? value_at<std::uint16_t>(bytes, at)
                                                : value_at<std::uint32_t>(bytes, at);
    const bool valid = character < 0xd800 || (character > 0xdfff && character < 0x110000);
    append_utf8(text, valid ? static_cast<char32_t>(character) : U'\ufffd');
  }
  return text;
}

std::string read_line_table(RemoteMemory& memory, const PythonLayout& layout,
                            std::uint64_t address) {
  const auto size = memory.value<std::uint64_t>(address + layout.bytes_size);
  if (!size || *size > kLongestLineTable) return {};
  std::string table(*size, '\0');
  if (!memory.read(address + layout.bytes_data, std::as_writable_bytes(std::span(table))))
    return {};
  return table;
}

}  // namespace

std::optional<std::string> read_text(RemoteMemory& memory, const PythonLayout& layout,
                                     std::uint64_t address) {
  // Objects lie at multiples of 8; what does not is none.
  if (address == 0 || address % 8 != 0) return std::nullopt;
  std::array<std::byte, 128> head;
  const std::size_t wanted = std::max(layout.text_length + 8, layout.text_state + 4);
  if (wanted > head.size() || !memory.read(address, std::span(head).first(wanted)))
    return std::nullopt;
  const auto length = value_at<std::uint64_t>(head, layout.text_length);
  const auto state = value_at<std::uint32_t>(head, layout.text_state);
  // interned: 2 bits, kind: 3, compact: 1, ascii: 1 (Include/cpython/unicodeobject.h)
  const unsigned kind = state >> 2 & 7;
  const bool compact = state >> 5 & 1, ascii = state >> 6 & 1;
  if (!compact || (kind != 1 && kind != 2 && kind != 4) || (ascii && kind != 1))
    return std::nullopt;
  const std::size_t characters = std::min<std::uint64_t>(length, kLongestText);
  std::vector<std::byte> data(characters * kind);
  const std::uint64_t at = address + (ascii ? layout.text_ascii_data : layout.text_other_data);
  if (!data.empty() && !memory.read(at, data)) return std::nullopt;
  return as_utf8(data, kind) + (characters < length ? "…" : "");
}

std::optional<CodeHead> read_code_head(RemoteMemory& memory, const PythonLayout& layout,
                                       std::uint64_t address) {
  if (address == 0 || address % 8 != 0) return std::nullopt;
  std::array<std::byte, kCodeBytes> bytes;
  const std::size_t wanted = std::max({layout.object_type, layout.code_file, layout.code_name,
                                       layout.code_lines, layout.code_first_line}) +
                             8;
  if (wanted > bytes.size() || !memory.read(address, std::span(bytes).first(wanted)))
    return std::nullopt;
  return CodeHead{.type = value_at<std::uint64_t>(bytes, layout.object_type),
                  .file = value_at<std::uint64_t>(bytes, layout.code_file),
                  .name = value_at<std::uint64_t>(bytes, layout.code_name),
                  .lines = value_at<std::uint64_t>(bytes, layout.code_lines),
                  .first_line = value_at<std::uint32_t>(bytes, layout.code_first_line)};
}

std::optional<CodeFacts> read_code(RemoteMemory& memory, const PythonLayout& layout,
                                   std::uint64_t address, std::uint64_t code_type) {
  const auto head = read_code_head(memory, layout, address);
  if (!head || (code_type != 0 && head->type != code_type)) return std::nullopt;
  auto name = read_text(memory, layout, head->name);
  auto file = read_text(memory, layout, head->file);
  if (!name || !file || head->first_line > 1u << 30) return std::nullopt;
  return CodeFacts{.head = *head,
                   .function = {std::move(*name), std::move(*file), head->first_line},
                   .lines = LineTable(read_line_table(memory, layout, head->lines),
                                      head->first_line, layout.line_form)};
}

}  // namespace tierwatch
