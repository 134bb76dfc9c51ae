// SPDX-License-Identifier: MIT
#include "collectors/python/python_process.h"

#include <algorithm>
#include <utility>

#include "collectors/memory/elf_symbols.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// How long a code object is believed to be the one that was read: its address may be used again.
constexpr nanoseconds kBelieved = std::chrono::seconds(1);

/// Until 3.10 no variable says it: what it exports, and what only its successor does.
std::optional<std::uint32_t> version_by_exports(RemoteMemory& memory, const ElfImage& image) {
  if (image.symbol(memory, "PyModule_AddObjectRef")) return 0x030a0000;
  if (image.symbol(memory, "PyFrame_GetCode")) return 0x03090000;
  return std::nullopt;
}

}  // namespace

std::uint32_t FunctionBook::index_of(const PythonFunction& function) {
  const auto known = indices_.find(function);
  if (known != indices_.end()) return known->second;
  text_ += function.name.size() + function.file.size();
  const bool full = all_.size() + 1 >= kMost || text_ > kMostText;
  const PythonFunction& taken = full ? PythonFunction{.name = "(other functions)"} : function;
  const auto [place, fresh] = indices_.emplace(taken, static_cast<std::uint32_t>(all_.size()));
  if (fresh) all_.push_back(taken);
  return place->second;
}

std::unique_ptr<PythonProcess> PythonProcess::find(std::unique_ptr<RemoteMemory> unbounded,
                                                   const std::vector<std::uint64_t>& images,
                                                   std::string& why) {
  BoundedMemory memory(std::move(unbounded));
  why = "no CPython in it: nothing that it has loaded exports _PyRuntime";
  for (const std::uint64_t base : images) {
    const auto image = ElfImage::at(memory, base);
    const auto runtime = image ? image->symbol(memory, "_PyRuntime") : std::nullopt;
    if (!runtime) continue;
    const auto version_at = image->symbol(memory, "Py_Version");
    const auto version =
        version_at ? memory.value<std::uint32_t>(*version_at) : version_by_exports(memory, *image);
    const auto layout = python_layout(memory, *runtime, version, why);
    if (!layout) return nullptr;
    const auto code_type = image->symbol(memory, "PyCode_Type").value_or(0);
    return std::unique_ptr<PythonProcess>(
        new PythonProcess(std::move(memory), *layout, *runtime, code_type));
  }
  return nullptr;
}

PythonProcess::PythonProcess(BoundedMemory memory, const PythonLayout& layout,
                             std::uint64_t runtime, std::uint64_t code_type)
    : memory_(std::move(memory)), layout_(layout), runtime_(runtime), code_type_(code_type) {}

std::vector<std::uint64_t> PythonProcess::interpreters() {
  std::vector<std::uint64_t> found;
  auto next = memory_.value<std::uint64_t>(runtime_ + layout_.runtime_interpreters);
  while (next && *next != 0 && found.size() < kMostInterpreters) {
    found.push_back(*next);
    next = memory_.value<std::uint64_t>(*next + layout_.interpreter_next);
  }
  return found;
}

const PythonProcess::KnownCode* PythonProcess::code(std::uint64_t address, FunctionBook& functions,
                                                    nanoseconds now) {
  const auto known = code_.find(address);
  if (known != code_.end()) {
    if (now - known->second.checked < kBelieved) return &known->second;
    known->second.checked = now;
    if (read_code_head(memory_, layout_, address) == known->second.facts.head)
      return &known->second;
    line_ranges_ -= known->second.facts.lines.size();
    code_.erase(known);
  }
  auto facts = read_code(memory_, layout_, address, code_type_);
  if (!facts) return nullptr;
  if (code_.size() >= kMostCode || line_ranges_ + facts->lines.size() > kMostLineRanges) {
    code_.clear();
    line_ranges_ = 0;
  }
  line_ranges_ += facts->lines.size();
  const std::uint32_t function = functions.index_of(facts->function);
  return &code_.emplace(address, KnownCode{std::move(*facts), function, now}).first->second;
}

/// False when a frame has no code.
bool PythonProcess::resolve(const RawThread& raw, FunctionBook& functions, nanoseconds now,
                            PythonSample& sample) {
  sample.frames.clear();
  sample.moved = raw.moved;
  sample.cut = raw.cut;
  for (const RawFrame& frame : raw.frames) {
    const KnownCode* known = code(frame.code, functions, now);
    if (!known) return false;
    const auto bytes =
        static_cast<std::int64_t>(frame.instruction - frame.code - layout_.code_instructions);
    // The code unit is of two bytes.
    sample.frames.push_back(
        {known->function, known->facts.lines.line_of(bytes < 0 ? -1 : bytes / 2)});
  }
  return !raw.torn;
}

void PythonProcess::look_at(ThreadReader& reader, RawThread& raw, FunctionBook& functions,
                            nanoseconds now, PythonSample& sample) {
  if (resolve(raw, functions, now, sample)) return;
  reader.forget();
  RawThread again;
  sample.torn = !reader.read(memory_, again) || !resolve(again, functions, now, sample);
}

bool PythonProcess::look(FunctionBook& functions, nanoseconds now,
                         std::vector<InterpreterThread>& threads) {
  threads.clear();
  memory_.refill();
  const std::vector<std::uint64_t> all = interpreters();
  if (readers_.size() > 2 * kMostThreads) readers_.clear();
  RawThread raw;
  for (const std::uint64_t interpreter : all) {
    std::uint64_t lock = layout_.lock_in_runtime ? runtime_ + layout_.lock_in_runtime : 0;
    if (layout_.lock_pointer)
      lock = memory_.value<std::uint64_t>(interpreter + *layout_.lock_pointer).value_or(0);
    std::uint64_t state =
        memory_.value<std::uint64_t>(interpreter + layout_.interpreter_threads).value_or(0);
    while (state != 0 && threads.size() < kMostThreads) {
      ThreadReader& reader = readers_.try_emplace(state, layout_, state).first->second;
      if (!reader.read(memory_, raw)) break;
      InterpreterThread& thread = threads.emplace_back();
      thread.native_id = raw.native_id;
      thread.lock = lock;
      state = raw.next;
      look_at(reader, raw, functions, now, thread.sample);
    }
  }
  return !all.empty();
}

}  // namespace tierwatch
