// SPDX-License-Identifier: MIT
#include "collectors/memory/elf_symbols.h"

#include <elf.h>

#include <array>
#include <string>
#include <vector>

namespace tierwatch {
namespace {

#if defined(__x86_64__)
constexpr Elf64_Half kOurMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kOurMachine = EM_AARCH64;
#else
constexpr Elf64_Half kOurMachine = EM_NONE;
#endif

constexpr std::size_t kMostSegments = 64, kMostDynamic = 512, kLongestChain = 4096,
                      kLongestName = 64;
constexpr std::uint32_t kMostBuckets = 1u << 22;
constexpr std::uint64_t kPage = 4096;

bool is_ours(const Elf64_Ehdr& header) {
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB &&
         header.e_machine == kOurMachine && (header.e_type == ET_DYN || header.e_type == ET_EXEC) &&
         header.e_phentsize == sizeof(Elf64_Phdr) && header.e_phnum <= kMostSegments;
}

template <typename Row>
std::vector<Row> rows(RemoteMemory& memory, std::uint64_t address, std::size_t count) {
  std::vector<Row> table(count);
  if (!memory.read(address, std::as_writable_bytes(std::span(table)))) table.clear();
  return table;
}

std::uint32_t gnu_hash(std::string_view name) {
  std::uint32_t hash = 5381;
  for (const char letter : name) hash = hash * 33 + static_cast<unsigned char>(letter);
  return hash;
}

}  // namespace

std::optional<ElfImage> ElfImage::at(RemoteMemory& memory, std::uint64_t base) {
  const auto header = memory.value<Elf64_Ehdr>(base);
  if (!header || !is_ours(*header)) return std::nullopt;
  const auto segments = rows<Elf64_Phdr>(memory, base + header->e_phoff, header->e_phnum);
  const Elf64_Phdr* first = nullptr;
  const Elf64_Phdr* dynamic = nullptr;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && (!first || segment.p_vaddr < first->p_vaddr)) first = &segment;
    if (segment.p_type == PT_DYNAMIC) dynamic = &segment;
  }
  if (!first || !dynamic) return std::nullopt;
  ElfImage image;
  image.bias_ = base - (first->p_vaddr - first->p_vaddr % kPage);
  const std::size_t count = std::min(dynamic->p_memsz / sizeof(Elf64_Dyn), kMostDynamic);
  // The dynamic linker of glibc writes addresses over the file's offsets, musl's does not.
  const auto address = [&](std::uint64_t value) {
    return value < image.bias_ ? value + image.bias_ : value;
  };
  for (const auto& row : rows<Elf64_Dyn>(memory, image.bias_ + dynamic->p_vaddr, count)) {
    if (row.d_tag == DT_NULL) break;
    if (row.d_tag == DT_SYMTAB) image.symbols_ = address(row.d_un.d_ptr);
    if (row.d_tag == DT_STRTAB) image.names_ = address(row.d_un.d_ptr);
    if (row.d_tag == DT_GNU_HASH) image.hash_ = address(row.d_un.d_ptr);
  }
  if (!image.symbols_ || !image.names_ || !image.hash_) return std::nullopt;
  return image;
}

bool ElfImage::has_name(RemoteMemory& memory, std::uint32_t offset, std::string_view name) const {
  std::array<char, kLongestName + 1> bytes;
  if (name.size() > kLongestName) return false;
  const std::span there(bytes.data(), name.size() + 1);
  return memory.read(names_ + offset, std::as_writable_bytes(there)) &&
         std::string_view(bytes.data(), name.size() + 1) == std::string(name) + '\0';
}

std::optional<std::uint64_t> ElfImage::symbol(RemoteMemory& memory, std::string_view name) const {
  struct Head {
    std::uint32_t buckets, first_symbol, bloom_words, bloom_shift;
  };
  const auto head = memory.value<Head>(hash_);
  if (!head || head->buckets == 0 || head->buckets > kMostBuckets ||
      head->bloom_words > kMostBuckets)
    return std::nullopt;
  const std::uint32_t hash = gnu_hash(name);
  const std::uint64_t buckets = hash_ + sizeof(Head) + 8ull * head->bloom_words;
  const std::uint64_t chains = buckets + 4ull * head->buckets;
  const auto first = memory.value<std::uint32_t>(buckets + 4ull * (hash % head->buckets));
  if (!first || *first < head->first_symbol) return std::nullopt;
  for (std::uint64_t i = *first; i < *first + kLongestChain; ++i) {
    const auto link = memory.value<std::uint32_t>(chains + 4 * (i - head->first_symbol));
    if (!link) return std::nullopt;
    if ((*link | 1) == (hash | 1)) {
      const auto symbol = memory.value<Elf64_Sym>(symbols_ + i * sizeof(Elf64_Sym));
      if (symbol && symbol->st_shndx != SHN_UNDEF && has_name(memory, symbol->st_name, name))
        return bias_ + symbol->st_value;
    }
    if (*link & 1) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace tierwatch
