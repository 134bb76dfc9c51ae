// SPDX-License-Identifier: MIT
#include "tests/support/fake_memory.h"

#include <elf.h>

#include <algorithm>
#include <span>

namespace tierwatch {
namespace {

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

void put_image(FakeMemory& memory, std::uint64_t base,
               const std::vector<std::pair<std::string_view, std::uint64_t>>& symbols) {
  // Behind the headers its tables.
  const std::uint64_t dynamic_at = base + 0x200, hash_at = base + 0x300, symbols_at = base + 0x400,
                      names_at = base + 0x500;
  Elf64_Ehdr header{};
  std::copy_n(ELFMAG, SELFMAG, header.e_ident);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 2;
  memory.put_value(base, header);
  memory.put_value(
      base + sizeof header,
      std::array<Elf64_Phdr, 2>{
          {{.p_type = PT_LOAD, .p_vaddr = base},
           {.p_type = PT_DYNAMIC, .p_vaddr = dynamic_at, .p_memsz = 4 * sizeof(Elf64_Dyn)}}});
  const auto row = [](Elf64_Sxword tag, std::uint64_t address) {
    Elf64_Dyn dynamic{};
    dynamic.d_tag = tag;
    dynamic.d_un.d_ptr = address;
    return dynamic;
  };
  memory.put_value(dynamic_at,
                   std::array<Elf64_Dyn, 4>{row(DT_SYMTAB, symbols_at), row(DT_STRTAB, names_at),
                                            row(DT_GNU_HASH, hash_at), row(DT_NULL, 0)});
  // One bucket, whose chain has all: buckets, first symbol, words of the Bloom filter, its shift.
  memory.put_value(hash_at, std::array<std::uint32_t, 4>{1, 1, 1, 0});
  memory.put_value(hash_at + 16, ~std::uint64_t{0});
  memory.put_value(hash_at + 24, std::uint32_t{1});
  std::uint32_t name_at = 1;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    const std::uint32_t last = i + 1 == symbols.size() ? 1 : 0;
    memory.put_value(hash_at + 28 + 4 * i, (gnu_hash(symbols[i].first) & ~1u) | last);
    Elf64_Sym symbol{};
    symbol.st_name = name_at;
    symbol.st_shndx = 1;
    symbol.st_value = symbols[i].second;
    memory.put_value(symbols_at + (i + 1) * sizeof symbol, symbol);
    memory.put(names_at + name_at, std::as_bytes(std::span(symbols[i].first)));
    memory.put_value(names_at + name_at + symbols[i].first.size(), '\0');
    name_at += static_cast<std::uint32_t>(symbols[i].first.size()) + 1;
  }
}

}  // namespace tierwatch
