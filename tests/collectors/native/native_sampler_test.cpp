// SPDX-License-Identifier: MIT
//
// On this program itself: its own stack, and a thread of its own.
#include "collectors/native/native_sampler.h"

#include <gtest/gtest.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "collectors/memory/remote_memory.h"

namespace tierwatch {
namespace {

/// Of this thread, as a sample would have it.
struct Snapshot {
  CpuSample sample;
  std::vector<std::byte> stack;
};

std::atomic<bool> burning;
std::atomic<std::uint64_t> burnt;

}  // namespace

extern "C" {

[[gnu::noinline]] void native_test_inner(void* into) {
  auto& snapshot = *static_cast<Snapshot*>(into);
  ucontext_t context;
  getcontext(&context);
  const auto& from = context.uc_mcontext.gregs;
  CodeRegisters& registers = snapshot.sample.registers;
  const int numbers[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                         REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                         REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
  for (std::size_t i = 0; i < registers.size(); ++i)
    registers[i] = static_cast<std::uint64_t>(from[numbers[i]]);
  snapshot.stack.resize(4096);
  snapshot.sample.readable = ProcessMemory(getpid()).read(registers[kStackPointer], snapshot.stack);
  snapshot.sample.stack = snapshot.stack;
}

[[gnu::noinline]] void native_test_middle(void* into) {
  volatile char room[200];
  room[0] = 1;
  native_test_inner(into);
  room[1] = room[0];
}

[[gnu::noinline]] void native_test_burn() {
  while (burning) burnt = burnt + 1;
}
}

namespace {

std::vector<std::string> names_of(const NativeStack& stack) {
  NativeFunctions functions;
  std::vector<std::string> names;
  for (const CodePoint& point : stack.points)
    names.push_back(functions.all().at(functions.at(point)).name);
  return names;
}

CodeSpace own_space(const ProcFs& files) {
  std::string buffer;
  return {getpid(), mapped_code(files.read("proc/self/maps", buffer).text)};
}

TEST(NativeStack, IsThatOfTheCallersInThisProgram) {
  if (!can_read_code()) GTEST_SKIP() << "built without libdw";
  Snapshot here;
  native_test_middle(&here);
  ASSERT_TRUE(here.sample.readable);
  const ProcFs files;
  const CodeSpace space = own_space(files);
  CodeFiles codes(files);
  const auto names = names_of(unwind(here.sample, space, codes));
  ASSERT_GE(names.size(), 3u);
  EXPECT_EQ(names[0], "native_test_inner");
  EXPECT_EQ(names[1], "native_test_middle");
  EXPECT_NE(names[2].find("TestBody"), std::string::npos) << names[2];
}

TEST(NativeStack, OfNonsenseEnds) {
  Snapshot here;
  native_test_middle(&here);
  const ProcFs files;
  const CodeSpace space = own_space(files);
  CodeFiles codes(files);
  CpuSample shortened = here.sample;
  shortened.stack = shortened.stack.first(8);
  EXPECT_TRUE(unwind(shortened, space, codes).cut);
  for (const std::uint64_t filling : {0ull, 1ull, ~0ull, 0x7fffffffffffull}) {
    for (std::size_t i = 0; i + 8 <= here.stack.size(); i += 8)
      std::memcpy(here.stack.data() + i, &filling, 8);
    EXPECT_LE(unwind(here.sample, space, codes).points.size(), kMostNativeFrames);
    CpuSample nowhere = here.sample;
    nowhere.registers.fill(filling);
    EXPECT_LE(unwind(nowhere, space, codes).points.size(), kMostNativeFrames);
  }
}

TEST(NativeSampler, NamesTheFunctionThatAThreadOfThisProgramIsIn) {
  if (!can_read_code()) GTEST_SKIP() << "built without libdw";
  const ProcFs files;
  NativeSampler sampler(files, 1000);
  burning = true;
  std::thread burner(native_test_burn);
  sampler.set_processes({{getpid(), {}}});
  std::vector<PythonSample> samples;
  sampler.sample(samples);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (samples.size() < 20 && sampler.read_processes() == 1 &&
         std::chrono::steady_clock::now() < end)
    sampler.sample(samples);
  burning = false;
  burner.join();
  if (sampler.read_processes() == 0)
    GTEST_SKIP() << "perf_event_open may not be used here: " << sampler.refusals().at(0).why;
  ASSERT_GE(samples.size(), 20u);
  const auto in_burn = std::ranges::count_if(samples, [&](const PythonSample& sample) {
    return std::ranges::any_of(sample.frames, [&](const PythonFrame& frame) {
      return sampler.functions().at(frame.function).name == "native_test_burn";
    });
  });
  EXPECT_GT(in_burn, 3);
  EXPECT_GT(sampler.cpu_time().count(), 0);
}

TEST(NativeSampler, RefusesAProcessThatIsGone) {
  const ProcFs files;
  NativeSampler sampler(files, 50);
  sampler.set_processes({{0x7ffffff0, {}}});
  std::vector<PythonSample> samples;
  sampler.sample(samples);
  EXPECT_EQ(sampler.read_processes(), 0u);
  ASSERT_EQ(sampler.refusals().size(), 1u);
  EXPECT_FALSE(sampler.refusals().front().denied);
}

}  // namespace
}  // namespace tierwatch
