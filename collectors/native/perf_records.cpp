// SPDX-License-Identifier: MIT
#include "collectors/native/perf_records.h"

#include <linux/perf_event.h>

#include <cstring>
#include <optional>

namespace tierwatch {
namespace {

/// DWARF's numbers in the order in which the kernel writes the registers: by its own numbers, which
/// are ax, bx, cx, dx, si, di, bp, sp, ip and, from 16 on, r8 to r15.
constexpr std::size_t kOrderOfRegisters[] = {0, 3, 2,  1,  4,  5,  6,  7, kPc,
                                             8, 9, 10, 11, 12, 13, 14, 15};
constexpr std::uint64_t kRegistersAsked = 0x1ff | 0xffull << 16;

/// Takes values from the front of a record.
class RecordBytes {
 public:
  explicit RecordBytes(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <typename Value>
  std::optional<Value> take() {
    const auto bytes = take(sizeof(Value));
    if (!bytes) return std::nullopt;
    Value value;
    std::memcpy(&value, bytes->data(), sizeof value);
    return value;
  }
  std::optional<std::span<const std::byte>> take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const auto taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::byte> rest_;
};

/// TID, REGS_USER, STACK_USER. False: the record is not whole.
bool take_sample(RecordBytes record, CpuSample& sample) {
  const auto pid = record.take<std::uint32_t>(), tid = record.take<std::uint32_t>();
  const auto abi = record.take<std::uint64_t>();
  if (!pid || !tid || !abi) return false;
  sample.pid = static_cast<pid_t>(*pid);
  sample.tid = static_cast<pid_t>(*tid);
  if (*abi != PERF_SAMPLE_REGS_ABI_64) return true;
  for (const std::size_t number : kOrderOfRegisters) {
    const auto value = record.take<std::uint64_t>();
    if (!value) return false;
    sample.registers[number] = *value;
  }
  const auto room = record.take<std::uint64_t>();
  const auto stack = room ? record.take(*room) : std::nullopt;
  if (!stack) return false;
  // Where there is no room for a stack, its length is not told either.
  const auto filled = *room == 0 ? std::optional<std::uint64_t>(0) : record.take<std::uint64_t>();
  if (!filled || *filled > *room) return false;
  sample.stack = stack->first(static_cast<std::size_t>(*filled));
  sample.readable = true;
  return true;
}

bool take_lost(RecordBytes record, std::uint64_t& lost) {
  const auto id = record.take<std::uint64_t>(), count = record.take<std::uint64_t>();
  lost += count.value_or(0);
  return id && count;
}

}  // namespace

const std::uint64_t kPerfRegisters = kRegistersAsked;

PerfRecords decode_perf_records(std::span<const std::byte> bytes) {
  PerfRecords found;
  while (!bytes.empty()) {
    const auto header = RecordBytes(bytes).take<perf_event_header>();
    if (!header || header->size < sizeof *header || header->size > bytes.size()) {
      ++found.bad;
      break;
    }
    const auto body = bytes.first(header->size).subspan(sizeof *header);
    bool whole = true;
    if (header->type == PERF_RECORD_SAMPLE) {
      CpuSample sample;
      sample.in_kernel = (header->misc & PERF_RECORD_MISC_CPUMODE_MASK) == PERF_RECORD_MISC_KERNEL;
      whole = take_sample(RecordBytes(body), sample);
      if (whole) found.samples.push_back(sample);
    } else if (header->type == PERF_RECORD_LOST) {
      whole = take_lost(RecordBytes(body), found.lost);
    }
    found.bad += !whole;
    bytes = bytes.subspan(header->size);
  }
  return found;
}

}  // namespace tierwatch
