// SPDX-License-Identifier: MIT
//
// Any bytes in the memory of a process that has a CPython: read or refused, in bounded time and
// room. The input is words and where they are put, ten bytes each.
#include <cstdlib>

#include "collectors/python/python_process.h"
#include "tests/support/fake_python.h"

namespace {

using namespace tierwatch;

void require(bool kept) {
  if (!kept) std::abort();
}

FakePython made_up() {
  FakePython python;
  const std::uint64_t code = python.code(U"f", U"f.py", 7, "\x80\x01\xe9\x02\x81\x01");
  const std::uint64_t wide = python.code(U"価格", U"größe.py", 1);
  const std::uint64_t top = python.frame(code, python.frame(wide, python.frame(code, 0, 1), 2));
  python.start(python.interpreter(python.thread(1, top, python.thread(2, 0))));
  return python;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FakePython good = made_up();
  static const std::vector<std::uint64_t> pages = good.memory.pages();
  auto memory = std::make_unique<FakeMemory>(good.memory);
  FakeMemory& there = *memory;
  for (; size >= 10; data += 10, size -= 10) {
    const std::size_t place = data[0] | data[1] << 8;
    std::uint64_t word;
    std::memcpy(&word, data + 2, sizeof word);
    there.put_value(pages[place / 512 % pages.size()] + place % 512 * 8, word);
  }
  std::string why;
  const auto process = PythonProcess::find(std::move(memory), {FakePython::kImage}, why);
  require(process || !why.empty());
  FunctionBook functions;
  std::vector<InterpreterThread> threads;
  for (int look = 0; process && look < 2; ++look) {
    const std::size_t before = there.reads;
    process->look(functions, std::chrono::seconds(3 * look), threads);
    require(there.reads - before <= BoundedMemory::kMostCalls);
    require(threads.size() <= PythonProcess::kMostThreads);
    for (const InterpreterThread& thread : threads)
      require(thread.sample.frames.size() <= kMostFrames);
  }
  return 0;
}
