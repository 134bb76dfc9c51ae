// SPDX-License-Identifier: MIT
#include "collectors/native/perf_records.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <cstring>

namespace tierwatch {
namespace {

using Bytes = std::vector<std::byte>;

template <typename Value>
void put(Bytes& bytes, Value value) {
  const auto at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

Bytes record(std::uint32_t type, std::uint16_t misc, const Bytes& body) {
  Bytes bytes;
  put(bytes, perf_event_header{
                 type, misc, static_cast<std::uint16_t>(sizeof(perf_event_header) + body.size())});
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

/// Of thread 12 of process 11, whose registers are 100, 101… in the kernel's order.
Bytes sample_record(std::uint16_t misc = PERF_RECORD_MISC_USER,
                    std::uint64_t abi = PERF_SAMPLE_REGS_ABI_64, std::uint64_t filled = 16) {
  Bytes body;
  put<std::uint32_t>(body, 11);
  put<std::uint32_t>(body, 12);
  put(body, abi);
  if (abi != PERF_SAMPLE_REGS_ABI_NONE)
    for (std::uint64_t i = 0; i < 17; ++i) put(body, 100 + i);
  put<std::uint64_t>(body, 32);
  for (std::uint64_t i = 0; i < 4; ++i) put(body, i);
  put(body, filled);
  return record(PERF_RECORD_SAMPLE, misc, body);
}

TEST(PerfRecords, GiveRegistersByTheirDwarfNumbersAndTheStackThatWasCopied) {
  const Bytes bytes = sample_record();
  const PerfRecords found = decode_perf_records(bytes);
  ASSERT_EQ(found.samples.size(), 1u);
  EXPECT_EQ(found.bad, 0u);
  const CpuSample& sample = found.samples.front();
  EXPECT_EQ(sample.pid, 11);
  EXPECT_EQ(sample.tid, 12);
  EXPECT_TRUE(sample.readable);
  EXPECT_FALSE(sample.in_kernel);
  EXPECT_EQ(sample.registers[0], 100u);  // rax
  EXPECT_EQ(sample.registers[3], 101u);  // rbx
  EXPECT_EQ(sample.registers[kFramePointer], 106u);
  EXPECT_EQ(sample.registers[kStackPointer], 107u);
  EXPECT_EQ(sample.registers[kPc], 108u);
  EXPECT_EQ(sample.registers[15], 116u);
  EXPECT_EQ(sample.stack.size(), 16u);
}

TEST(PerfRecords, TellWhetherTheKernelWasAtWork) {
  const Bytes bytes = sample_record(PERF_RECORD_MISC_KERNEL);
  EXPECT_TRUE(decode_perf_records(bytes).samples.at(0).in_kernel);
}

TEST(PerfRecords, OfAProgramOfAnotherKindHaveNoStack) {
  const Bytes bytes = sample_record(PERF_RECORD_MISC_USER, PERF_SAMPLE_REGS_ABI_32);
  const PerfRecords found = decode_perf_records(bytes);
  EXPECT_FALSE(found.samples.at(0).readable);
  EXPECT_TRUE(found.samples.at(0).stack.empty());
}

TEST(PerfRecords, ThatAreTornAreCountedWhereverTheyEnd) {
  const Bytes whole = sample_record();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const PerfRecords cut = decode_perf_records(std::span(whole).first(size));
    EXPECT_TRUE(cut.samples.empty()) << size;
    EXPECT_EQ(cut.bad, 1u) << size;
    // One that says itself that it is shorter.
    const std::size_t body =
        size < sizeof(perf_event_header) ? 0 : size - sizeof(perf_event_header);
    const Bytes shorter = record(
        PERF_RECORD_SAMPLE, 0,
        Bytes(whole.begin() + sizeof(perf_event_header),
              whole.begin() + sizeof(perf_event_header) + static_cast<std::ptrdiff_t>(body)));
    EXPECT_TRUE(decode_perf_records(shorter).samples.empty()) << size;
    EXPECT_EQ(decode_perf_records(shorter).bad, 1u) << size;
  }
}

TEST(PerfRecords, WhoseStackIsLongerThanItsRoomAreBad) {
  EXPECT_EQ(decode_perf_records(sample_record(0, PERF_SAMPLE_REGS_ABI_64, 33)).bad, 1u);
}

TEST(PerfRecords, OfNoLengthEndTheReading) {
  Bytes bytes;
  put(bytes, perf_event_header{PERF_RECORD_SAMPLE, 0, 0});
  const Bytes more = sample_record();
  bytes.insert(bytes.end(), more.begin(), more.end());
  const PerfRecords found = decode_perf_records(bytes);
  EXPECT_EQ(found.bad, 1u);
  EXPECT_TRUE(found.samples.empty());
}

TEST(PerfRecords, CountWhatWasLostAndPassOverOthers) {
  Bytes lost;
  put<std::uint64_t>(lost, 1);
  put<std::uint64_t>(lost, 7);
  Bytes bytes = record(PERF_RECORD_LOST, 0, lost);
  for (const Bytes& next : {record(PERF_RECORD_THROTTLE, 0, Bytes(24)), sample_record()})
    bytes.insert(bytes.end(), next.begin(), next.end());
  const PerfRecords found = decode_perf_records(bytes);
  EXPECT_EQ(found.lost, 7u);
  EXPECT_EQ(found.samples.size(), 1u);
  EXPECT_EQ(found.bad, 0u);
}

}  // namespace
}  // namespace tierwatch
