// SPDX-License-Identifier: MIT
#include "collectors/python/thread_reader.h"

#include <algorithm>
#include <bit>

namespace tierwatch {

namespace {

/// `tid` of glibc's struct pthread on x86-64 (nptl/descr.h), the same since it is there. Where
/// another libc has something else, the number is of no thread of the process.
constexpr std::uint64_t kTidOfPthread = 720;

}  // namespace

ThreadReader::ThreadReader(const PythonLayout& layout, std::uint64_t address)
    : layout_(layout), address_(address) {
  state_.resize(
      std::max({layout.thread_next, layout.thread_native_id, layout.thread_pthread.value_or(0),
                layout.thread_cframe.value_or(layout.current_frame)}) +
      8);
  frame_size_ = std::max({layout.frame_code, layout.frame_previous, layout.frame_instruction}) + 8;
  frame_size_ = std::max<std::size_t>(frame_size_, layout.frame_owner.value_or(0) + 1);
}

/// Where the pointer to the innermost frame lies.
std::uint64_t ThreadReader::pointer_address() const {
  return (layout_.thread_cframe ? cframe_ : address_) + layout_.current_frame;
}

/// The thread's state, the pointer, the pages that are expected, and the pointer again. False when
/// there is no state to read.
bool ThreadReader::read_at_once(RemoteMemory& memory) {
  std::vector<MemoryPiece> pieces;
  pieces.push_back({address_, state_});
  const auto bytes_of = [](std::uint64_t& value) {
    return std::as_writable_bytes(std::span(&value, 1));
  };
  const bool guessed = !layout_.thread_cframe || cframe_ != 0;
  used_ = 0;
  if (guessed) {
    pieces.push_back({pointer_address(), bytes_of(first_pointer_)});
    for (const std::uint64_t address : expected_) {
      if (used_ == pages_.size()) pages_.push_back(std::make_unique<Page>());
      pages_[used_]->address = address;
      pieces.push_back({address, pages_[used_++]->bytes});
    }
    pieces.push_back({pointer_address(), bytes_of(last_pointer_)});
  }
  std::size_t got = memory.read(pieces);
  if (got < state_.size()) return false;
  got -= state_.size();
  const std::uint64_t cframe =
      layout_.thread_cframe ? value_at<std::uint64_t>(state_, *layout_.thread_cframe) : 0;
  at_one_instant_ = guessed && cframe == cframe_ && got == 16 + used_ * kPage;
  if (at_one_instant_) return true;
  used_ = 0;
  cframe_ = cframe;
  first_pointer_ = 0;
  // A thread that has not begun, or has ended, has no _PyCFrame.
  if (layout_.thread_cframe && cframe_ == 0) return true;
  first_pointer_ = memory.value<std::uint64_t>(pointer_address()).value_or(0);
  return true;
}

const ThreadReader::Page* ThreadReader::page(RemoteMemory& memory, std::uint64_t address) {
  for (std::size_t i = used_; i-- > 0;) {
    if (pages_[i]->address == address) return pages_[i].get();
  }
  if (used_ == kMostPages) return nullptr;
  if (used_ == pages_.size()) pages_.push_back(std::make_unique<Page>());
  at_one_instant_ = false;
  Page& fresh = *pages_[used_];
  if (!memory.read(address, fresh.bytes)) return nullptr;
  fresh.address = address;
  ++used_;
  return &fresh;
}

bool ThreadReader::copy(RemoteMemory& memory, std::uint64_t address, std::span<std::byte> into) {
  while (!into.empty()) {
    const std::uint64_t start = address - address % kPage;
    const Page* here = page(memory, start);
    if (!here) return false;
    const std::size_t count = std::min<std::size_t>(into.size(), start + kPage - address);
    std::memcpy(into.data(), here->bytes.data() + (address - start), count);
    into = into.subspan(count);
    address += count;
  }
  return true;
}

RawFrame ThreadReader::frame_in(std::span<const std::byte> bytes) const {
  // The lowest bits may say how the reference is counted (3.14).
  const auto code = value_at<std::uint64_t>(bytes, layout_.frame_code) & ~std::uint64_t{7};
  if (!layout_.frame_instruction_is_distance)
    return {code, value_at<std::uint64_t>(bytes, layout_.frame_instruction)};
  const auto distance = value_at<std::int32_t>(bytes, layout_.frame_instruction);
  return {code, code + layout_.code_instructions + static_cast<std::uint64_t>(distance)};
}

std::uint64_t ThreadReader::native_id(RemoteMemory& memory) {
  if (!layout_.thread_pthread) return value_at<std::uint64_t>(state_, layout_.thread_native_id);
  const auto pthread = value_at<std::uint64_t>(state_, *layout_.thread_pthread);
  if (pthread != pthread_ || pthread_id_ == 0) {
    pthread_ = pthread;
    pthread_id_ = memory.value<std::uint32_t>(pthread + kTidOfPthread).value_or(0);
  }
  return pthread_id_;
}

void ThreadReader::walk(RemoteMemory& memory, std::uint64_t frame, RawThread& thread) {
  std::array<std::byte, 256> space;
  const std::span bytes = std::span(space).first(std::min(frame_size_, space.size()));
  // A frame that is met again: some were used anew while they were read. Each is compared with the
  // one that was met at the last power of two.
  std::uint64_t met = 0;
  for (std::size_t walked = 0; frame != 0; ++walked) {
    thread.cut = walked == kMostFrames;
    if (thread.cut) return;
    thread.torn = frame == met || frame % 8 != 0 || frame > ~std::uint64_t{kPage} ||
                  !copy(memory, frame, bytes);
    if (thread.torn) return;
    if (std::has_single_bit(walked + 1)) met = frame;
    if (!layout_.frame_owner ||
        value_at<std::uint8_t>(bytes, *layout_.frame_owner) < layout_.first_foreign_owner)
      thread.frames.push_back(frame_in(bytes));
    frame = value_at<std::uint64_t>(bytes, layout_.frame_previous);
  }
}

bool ThreadReader::read(RemoteMemory& memory, RawThread& thread) {
  thread = {};
  if (!read_at_once(memory)) return false;
  thread.next = value_at<std::uint64_t>(state_, layout_.thread_next);
  thread.native_id = native_id(memory);
  walk(memory, first_pointer_, thread);
  if (!at_one_instant_ && first_pointer_ != 0)
    last_pointer_ = memory.value<std::uint64_t>(pointer_address()).value_or(0);
  thread.moved = first_pointer_ != 0 && last_pointer_ != first_pointer_;
  expected_.clear();
  for (std::size_t i = 0; i < std::min(used_, kMostExpected); ++i)
    expected_.push_back(pages_[i]->address);
  return true;
}

}  // namespace tierwatch
