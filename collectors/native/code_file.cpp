// SPDX-License-Identifier: MIT
#include "collectors/native/code_file.h"

#include <elfutils/libdw.h>
#include <gelf.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <vector>

#include "collectors/native/code_expression.h"
#include "collectors/native/function_table.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostSymbols = 4'000'000, kMostCodeSegments = 64, kMostSections = 65'536;
/// A caller's registers that a rule may tell; the others are lost with each call.
constexpr std::size_t kSavedRegisters[] = {3, 6, 7, 12, 13, 14, 15, kPc};

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};
struct RulesEnd {
  void operator()(Dwarf_CFI* rules) const { dwarf_cfi_end(rules); }
};
struct FrameEnd {
  void operator()(Dwarf_Frame* frame) const { std::free(frame); }
};

std::span<const std::byte> bytes_of(const Elf_Data* data) {
  if (data == nullptr || data->d_buf == nullptr) return {};
  return {static_cast<const std::byte*>(data->d_buf), data->d_size};
}

bool is_of_this_machine(Elf* elf) {
  GElf_Ehdr head;
  return elf_kind(elf) == ELF_K_ELF && gelf_getclass(elf) == ELFCLASS64 &&
         gelf_getehdr(elf, &head) != nullptr && head.e_machine == EM_X86_64 &&
         head.e_ident[EI_DATA] == ELFDATA2LSB;
}

}  // namespace

struct CodeFile::Parts {
  std::unique_ptr<Elf, ElfEnd> elf;
  std::unique_ptr<Dwarf_CFI, RulesEnd> rules;  ///< null: it has none
  std::vector<GElf_Phdr> segments;             ///< that are loaded
  std::vector<std::size_t> strings;            ///< sections of names
  CodeSymbols symbols;
  std::span<const std::byte> starts;  ///< .eh_frame_hdr
  std::uint64_t starts_at = 0;
  bool has_all_symbols = false;

  void read_segments();
  void read_symbols(Elf_Scn* section, const GElf_Shdr& header);
  void read_sections();
};

void CodeFile::Parts::read_segments() {
  std::size_t count = 0;
  if (elf_getphdrnum(elf.get(), &count) != 0) return;
  for (std::size_t i = 0; i < count && i < kMostCodeSegments; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf.get(), static_cast<int>(i), &segment) == nullptr) continue;
    if (segment.p_type == PT_LOAD) segments.push_back(segment);
    if (segment.p_type != PT_GNU_EH_FRAME) continue;
    starts_at = segment.p_vaddr;
    starts = bytes_of(elf_getdata_rawchunk(elf.get(), static_cast<std::int64_t>(segment.p_offset),
                                           segment.p_filesz, ELF_T_BYTE));
  }
}

void CodeFile::Parts::read_symbols(Elf_Scn* section, const GElf_Shdr& header) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  // Now, as long as the file is open.
  if (elf_strptr(elf.get(), header.sh_link, 0) == nullptr) return;
  const std::size_t count = data->d_size / header.sh_entsize;
  for (std::size_t i = 0; i < count && symbols.size() < kMostSymbols; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
    const auto type = GELF_ST_TYPE(symbol.st_info);
    const bool function = type == STT_FUNC || type == STT_GNU_IFUNC;
    if (!function || symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) continue;
    symbols.add({.start = symbol.st_value,
                 .size = symbol.st_size,
                 .strings = static_cast<std::uint32_t>(strings.size()),
                 .name = symbol.st_name});
  }
  strings.push_back(header.sh_link);
}

void CodeFile::Parts::read_sections() {
  Elf_Scn* section = nullptr;
  std::size_t count = 0;
  while ((section = elf_nextscn(elf.get(), section)) != nullptr && ++count < kMostSections) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    if (header.sh_type == SHT_SYMTAB) has_all_symbols = true;
    if (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM) read_symbols(section, header);
  }
  symbols.sort();
}

bool can_read_code() { return true; }

CodeFile::CodeFile(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

CodeFile::~CodeFile() = default;

std::shared_ptr<CodeFile> CodeFile::of(std::unique_ptr<Parts> parts) {
  if (!parts->elf || !is_of_this_machine(parts->elf.get())) return nullptr;
  parts->read_segments();
  parts->read_sections();
  parts->rules.reset(dwarf_getcfi_elf(parts->elf.get()));
  return std::shared_ptr<CodeFile>(new CodeFile(std::move(parts)));
}

std::shared_ptr<CodeFile> CodeFile::read(const FileDescriptor& file) {
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) > kMostBytes)
    return nullptr;
  elf_version(EV_CURRENT);
  auto parts = std::make_unique<Parts>();
  parts->elf.reset(elf_begin(file.get(), ELF_C_READ, nullptr));
  auto code = of(std::move(parts));
  // All that is needed has been read: the descriptor is our caller's to close.
  if (code) elf_cntl(code->parts_->elf.get(), ELF_C_FDDONE);
  return code;
}

std::shared_ptr<CodeFile> CodeFile::at(std::span<std::byte> image) {
  elf_version(EV_CURRENT);
  auto parts = std::make_unique<Parts>();
  parts->elf.reset(elf_memory(reinterpret_cast<char*>(image.data()), image.size()));
  return of(std::move(parts));
}

std::optional<std::uint64_t> CodeFile::address_of(std::uint64_t offset) const {
  for (const GElf_Phdr& segment : parts_->segments)
    if (offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz)
      return offset - segment.p_offset + segment.p_vaddr;
  return std::nullopt;
}

CodeName CodeFile::name_at(std::uint64_t address) const {
  std::string_view best;
  CodeName found{.function = {}, .start = address};
  for (const CodeSymbol& symbol : parts_->symbols.at(address)) {
    const char* name = elf_strptr(parts_->elf.get(), parts_->strings[symbol.strings], symbol.name);
    if (name == nullptr || *name == '\0') continue;
    found.start = symbol.start;
    if (best.empty() || is_better_name(name, best)) best = name;
  }
  if (!best.empty())
    found.function = demangled(std::string(best));
  else if (const auto start = function_start(parts_->starts, parts_->starts_at, address))
    found.start = *start;
  return found;
}

bool CodeFile::stripped() const { return !parts_->has_all_symbols; }

UnwindStep CodeFile::step(std::uint64_t address, const StackCopy& stack, CodeRegisters& registers,
                          bool& interrupted) const {
  Dwarf_Frame* raw = nullptr;
  if (!parts_->rules || dwarf_cfi_addrframe(parts_->rules.get(), address, &raw) != 0)
    return UnwindStep::kNoRule;
  const std::unique_ptr<Dwarf_Frame, FrameEnd> rules(raw);
  dwarf_frame_info(raw, nullptr, nullptr, &interrupted);
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_frame_cfa(raw, &operations, &count) != 0 || count == 0) return UnwindStep::kNoRule;
  const auto frame = evaluate({operations, count}, registers, std::nullopt, stack);
  if (!frame) return UnwindStep::kBeyond;
  CodeRegisters caller{};
  caller[kStackPointer] = frame->value;
  for (const std::size_t number : kSavedRegisters) {
    std::array<Dwarf_Op, 3> own{};
    if (dwarf_frame_register(raw, static_cast<int>(number), own.data(), &operations, &count) != 0)
      return UnwindStep::kNoRule;
    if (count == 0) {
      if (number == kPc) return UnwindStep::kOutermost;
      if (operations == nullptr && number != kStackPointer) caller[number] = registers[number];
      continue;
    }
    const auto where = evaluate({operations, count}, registers, frame->value, stack);
    const auto value = where && !where->is_value ? stack.word(where->value)
                       : where                   ? std::optional(where->value)
                                                 : std::nullopt;
    if (!value && number == kPc) return UnwindStep::kBeyond;
    caller[number] = value.value_or(0);
  }
  registers = caller;
  return UnwindStep::kCaller;
}

}  // namespace tierwatch
