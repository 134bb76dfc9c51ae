// SPDX-License-Identifier: MIT
#include "collectors/statements/backend_process.h"

#include <algorithm>
#include <array>

#include "collectors/memory/elf_symbols.h"

namespace tierwatch {
namespace {

constexpr int kTries = 3;
constexpr std::uint64_t kReadPage = 4096;
/// PgBackendStatus is some 400 bytes long.
constexpr std::uint32_t kLongestStatus = 640;
/// Shorter statements may stand elsewhere by chance.
constexpr std::size_t kEnoughToKnow = 8, kCompared = 48;
/// PGPROC::wait_event_info of version 13 on x86-64 (storage/proc.h): part of its ABI.
constexpr std::uint32_t kWaitInProc13 = 684;

ServerSymbols symbols_of(RemoteMemory& memory, const ElfImage& image, std::optional<int> version) {
  const auto at = [&](const char* name) { return image.symbol(memory, name).value_or(0); };
  return {.query = at("debug_query_string"),
          .pid = at("MyProcPid"),
          .wait = at("my_wait_event_info"),
          .status = at("MyBEEntry"),
          .proc = at("MyProc"),
          .transaction = at("TopTransactionResourceOwner"),
          .wait_in_proc = version == 13 ? std::optional(kWaitInProc13) : std::nullopt};
}

}  // namespace

std::unique_ptr<BackendProcess> BackendProcess::find(std::unique_ptr<RemoteMemory> unbounded,
                                                     const std::vector<std::uint64_t>& images,
                                                     std::uint64_t pid, std::optional<int> version,
                                                     std::string& why) {
  BoundedMemory memory(std::move(unbounded));
  why = "no server in it that exports debug_query_string and MyProcPid";
  for (const std::uint64_t base : images) {
    const auto image = ElfImage::at(memory, base);
    if (!image) continue;
    const ServerSymbols symbols = symbols_of(memory, *image, version);
    if (symbols.query == 0 || symbols.pid == 0) continue;
    const auto own = memory.value<std::int32_t>(symbols.pid);
    if (!own || static_cast<std::uint64_t>(*own) != pid) {
      why = "its own number is not where a server of this kind keeps it";
      return nullptr;
    }
    return std::unique_ptr<BackendProcess>(new BackendProcess(std::move(memory), symbols));
  }
  return nullptr;
}

BackendProcess::BackendProcess(BoundedMemory memory, const ServerSymbols& symbols)
    : memory_(std::move(memory)), symbols_(symbols) {}

/// All of it in one call. Where the pointers lead elsewhere than last time, again.
bool BackendProcess::read_instant(Instant& now) {
  for (int i = 0; i < kTries; ++i) {
    now = {};
    std::array<MemoryPiece, 7> pieces;
    std::size_t count = 0, bytes = 0;
    const auto want = [&](std::uint64_t address, auto& value) {
      if (address == 0) return;
      pieces[count++] = {address, std::as_writable_bytes(std::span(&value, 1))};
      bytes += sizeof value;
    };
    want(symbols_.query, now.query);
    want(symbols_.wait, now.wait_at);
    want(symbols_.status, now.status_at);
    want(symbols_.proc, now.proc);
    want(symbols_.transaction, now.transaction);
    want(wait_at_, now.wait);
    want(status_at_, now.changes);
    const std::size_t got = memory_.read(std::span(pieces).first(count));
    if (symbols_.wait_in_proc && now.proc != 0) now.wait_at = now.proc + *symbols_.wait_in_proc;
    if (now.wait_at == wait_at_ && now.status_at == status_at_) return got == bytes;
    if (got == 0) return false;
    wait_at_ = now.wait_at;
    status_at_ = now.status_at;
  }
  return false;
}

std::optional<std::uint32_t> BackendProcess::wait_of(const Instant& now) const {
  return tells_waits() && now.wait_at != 0 ? std::optional(now.wait) : std::nullopt;
}

/// Up to its zero byte, page by page: the one behind it may not be there. False when none of it
/// can be read.
bool BackendProcess::read_text(std::uint64_t address, std::string& text) {
  text.clear();
  std::array<char, 1024> part;
  while (address != 0 && text.size() < kLongestText) {
    const std::size_t size = std::min({part.size(), kLongestText - text.size(),
                                       static_cast<std::size_t>(kReadPage - address % kReadPage)});
    const std::span into(part.data(), size);
    if (!memory_.read(address, std::as_writable_bytes(into))) return !text.empty();
    const auto end = std::ranges::find(into, '\0');
    text.append(into.begin(), end);
    if (end != into.end()) return true;
    address += size;
  }
  return !text.empty();
}

/// Of all pointers in the structure the one to the very text that is in hand.
void BackendProcess::find_layout(StatusLayout& layout, std::uint64_t status,
                                 const std::string& text) {
  if (layout.text || layout_tried_ || status == 0 || text.size() < kEnoughToKnow) return;
  layout_tried_ = true;
  std::array<std::uint64_t, kLongestStatus / 8> words{};
  std::size_t count = words.size();
  while (count > 0 && !memory_.read(status, std::as_writable_bytes(std::span(words).first(count))))
    count /= 2;
  std::optional<std::uint32_t> found;
  std::array<char, kCompared> there;
  const std::size_t size = std::min(text.size(), kCompared);
  for (std::size_t i = 0; i < count; ++i) {
    const std::span into(there.data(), size);
    if (words[i] == 0 || !memory_.read(words[i], std::as_writable_bytes(into))) continue;
    if (std::string_view(into.data(), size) != std::string_view(text).substr(0, size)) continue;
    if (found) return;  // two of them: neither is known
    found = static_cast<std::uint32_t>(8 * i);
  }
  layout.text = found;
}

/// False when the statement changed meanwhile. The server counts up before and behind each change
/// of its status, so that an odd number is one in the middle.
bool BackendProcess::once(StatusLayout& layout, BackendLook& look) {
  Instant before, after;
  look = {};
  if (!read_instant(before)) return false;
  std::uint64_t text = before.query;
  if (text == 0 && layout.text && before.status_at != 0 && before.transaction != 0)
    text = memory_.value<std::uint64_t>(before.status_at + *layout.text).value_or(0);
  if (text != 0) {
    if (!read_text(text, look.text)) return false;
    if (!read_instant(after) || after.query != before.query || after.changes != before.changes ||
        before.changes % 2 != 0)
      return false;
  } else {
    after = before;
  }
  look.has_statement = before.query != 0;
  look.wait = wait_of(after);
  look.in_transaction = after.transaction != 0;
  look.proc = after.proc;
  if (look.has_statement) find_layout(layout, after.status_at, look.text);
  return true;
}

bool BackendProcess::look(StatusLayout& layout, BackendLook& look) {
  memory_.refill();
  for (int i = 0; i < kTries; ++i) {
    if (once(layout, look)) return true;
  }
  Instant now;
  look = {};
  if (!read_instant(now)) return false;
  look.moved = true;
  look.has_statement = now.query != 0;
  look.wait = wait_of(now);
  look.in_transaction = now.transaction != 0;
  look.proc = now.proc;
  return true;
}

}  // namespace tierwatch
