// SPDX-License-Identifier: MIT
#include "tests/support/fake_python.h"

#include <elf.h>

#include <algorithm>

namespace tierwatch {
namespace {

// The image holds its headers, its tables, and the variables that it exports.
constexpr std::uint64_t kDynamic = FakePython::kImage + 0x200, kHash = FakePython::kImage + 0x300,
                        kSymbols = FakePython::kImage + 0x400, kNames = FakePython::kImage + 0x500,
                        kVersion = FakePython::kImage + 0x600,
                        kCodeType = FakePython::kImage + 0x640;

std::uint32_t gnu_hash(std::string_view name) {
  std::uint32_t hash = 5381;
  for (const char letter : name) hash = hash * 33 + static_cast<unsigned char>(letter);
  return hash;
}

}  // namespace

bool FakeMemory::copy(std::uint64_t address, std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto page = pages_.find(address / kPage);
    if (page == pages_.end()) return false;
    const std::size_t offset = address % kPage;
    const std::size_t count = std::min<std::size_t>(into.size(), kPage - offset);
    std::copy_n(page->second.begin() + static_cast<std::ptrdiff_t>(offset), count, into.begin());
    into = into.subspan(count);
    address += count;
  }
  return true;
}

std::size_t FakeMemory::read(std::span<const MemoryPiece> pieces) {
  ++reads;
  std::size_t got = 0;
  for (const MemoryPiece& piece : pieces) {
    if (before_read) before_read(*this);
    if (!copy(piece.address, piece.into)) break;
    got += piece.into.size();
  }
  return got;
}

void FakeMemory::put(std::uint64_t address, std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    pages_[address / kPage][address % kPage] = byte;
    ++address;
  }
}

std::vector<std::uint64_t> FakeMemory::pages() const {
  std::vector<std::uint64_t> addresses;
  for (const auto& [number, bytes] : pages_) addresses.push_back(number * kPage);
  return addresses;
}

FakePython::FakePython() {
  make_image();
  set_version(0x030b02f0);
  memory.put(kRuntime, std::vector<std::byte>(1024));
}

void FakePython::make_image() {
  Elf64_Ehdr header{};
  std::copy_n(ELFMAG, SELFMAG, header.e_ident);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  memory.put_value(kImage, header);
  memory.put_value(
      kImage + sizeof header,
      std::array<Elf64_Phdr, 2>{
          {{.p_type = PT_LOAD, .p_vaddr = kImage},
           {.p_type = PT_DYNAMIC, .p_vaddr = kDynamic, .p_memsz = 4 * sizeof(Elf64_Dyn)}}});
  const auto row = [](Elf64_Sxword tag, std::uint64_t address) {
    Elf64_Dyn dynamic{};
    dynamic.d_tag = tag;
    dynamic.d_un.d_ptr = address;
    return dynamic;
  };
  memory.put_value(kDynamic,
                   std::array<Elf64_Dyn, 4>{row(DT_SYMTAB, kSymbols), row(DT_STRTAB, kNames),
                                            row(DT_GNU_HASH, kHash), row(DT_NULL, 0)});
  const std::array<std::string_view, 3> names{"_PyRuntime", "Py_Version", "PyCode_Type"};
  const std::array<std::uint64_t, 3> values{kRuntime, kVersion, kCodeType};
  // One bucket, whose chain has all: buckets, first symbol, words of the Bloom filter, its shift.
  memory.put_value(kHash, std::array<std::uint32_t, 4>{1, 1, 1, 0});
  memory.put_value(kHash + 16, ~std::uint64_t{0});
  memory.put_value(kHash + 24, std::uint32_t{1});
  std::uint32_t name_at = 1;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::uint32_t last = i + 1 == names.size() ? 1 : 0;
    memory.put_value(kHash + 28 + 4 * i, (gnu_hash(names[i]) & ~1u) | last);
    Elf64_Sym symbol{};
    symbol.st_name = name_at;
    symbol.st_shndx = 1;
    symbol.st_value = values[i];
    memory.put_value(kSymbols + (i + 1) * sizeof symbol, symbol);
    memory.put(kNames + name_at, std::as_bytes(std::span(names[i])));
    name_at += static_cast<std::uint32_t>(names[i].size()) + 1;
  }
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
