// SPDX-License-Identifier: MIT
#include "collectors/memory/elf_symbols.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <sstream>

#include "collectors/memory/mapped_images.h"
#include "tests/support/fake_python.h"

namespace tierwatch {
namespace {

TEST(ElfSymbols, FindsWhatTheDynamicLinkerFinds) {
  std::stringstream maps;
  maps << std::ifstream("/proc/self/maps").rdbuf();
  ProcessMemory memory(getpid());
  std::optional<std::uint64_t> found;
  for (const std::uint64_t base : mapped_images(maps.str(), "")) {
    const auto image = ElfImage::at(memory, base);
    if (!found && image) found = image->symbol(memory, "environ");
    if (image) {
      EXPECT_FALSE(image->symbol(memory, "no_such_symbol_here"));
    }
  }
  ASSERT_TRUE(found);
  // libc's, whose program may have a copy: then that is what the linker finds.
  EXPECT_NE(dlsym(RTLD_DEFAULT, "environ"), nullptr);
}

TEST(ElfSymbols, ReadsAProgramThatIsNotMoved) {
  FakePython python;
  const auto image = ElfImage::at(python.memory, FakePython::kImage);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->symbol(python.memory, "_PyRuntime"), FakePython::kRuntime);
  EXPECT_FALSE(image->symbol(python.memory, "_PyRunti"));
  EXPECT_FALSE(image->symbol(python.memory, ""));
}

TEST(ElfSymbols, TakesAnyBytes) {
  std::minstd_rand random(3);
  for (int round = 0; round < 500; ++round) {
    FakePython python;
    for (std::size_t change = 1 + random() % 8; change-- > 0;)
      python.memory.put_value(FakePython::kImage + random() % 0x700,
                              static_cast<std::uint32_t>(random()));
    if (const auto image = ElfImage::at(python.memory, FakePython::kImage))
      image->symbol(python.memory, "_PyRuntime");
    EXPECT_LT(python.memory.reads, 20'000u);
  }
}

}  // namespace
}  // namespace tierwatch
