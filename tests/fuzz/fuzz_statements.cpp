// SPDX-License-Identifier: MIT
//
// Any SQL is normalised into a short line, and any bytes in a backend's memory are read or refused,
// in bounded time and room. The input is a statement; then words and where they are put.
#include <cstdlib>

#include "collectors/statements/backend_process.h"
#include "collectors/statements/lock_chain.h"
#include "collectors/statements/statement_text.h"
#include "tests/support/fake_backend.h"

namespace {

using namespace tierwatch;

void require(bool kept) {
  if (!kept) std::abort();
}

FakeBackend made_up() {
  FakeBackend backend;
  backend.at("select a from b where c = 1", 0x03000005);
  backend.wait_for(5, {{0xb00000, 1u << 7}});
  return backend;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  require(normalised_statement(sql).size() <= kLongestNormalised + 3);
  static const FakeBackend good = made_up();
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
  const auto process = BackendProcess::find(std::move(memory), {FakeBackend::kImage}, 77, 15, why);
  if (!process) return 0;
  StatusLayout layout;
  BackendLook look;
  const std::size_t before = there.reads;
  process->look(layout, look);
  LockChain().holders(process->memory(), look.proc);
  require(look.text.size() <= BackendProcess::kLongestText);
  require(there.reads - before <= BoundedMemory::kMostCalls);
  return 0;
}
