// SPDX-License-Identifier: MIT
#include "collectors/native/function_table.h"

#include <gtest/gtest.h>

#include <cstring>

#include "collectors/native/mapped_code.h"

namespace tierwatch {
namespace {

TEST(CodeSymbols, AreThoseThatHoldTheAddress) {
  CodeSymbols symbols;
  symbols.add({.start = 0x200, .size = 0x10, .strings = 0, .name = 2});
  symbols.add({.start = 0x100, .size = 0x10, .strings = 0, .name = 1});
  symbols.add({.start = 0x200, .size = 0x10, .strings = 1, .name = 3});
  symbols.add({.start = 0x300, .size = 0, .strings = 0, .name = 4});
  symbols.sort();
  EXPECT_TRUE(symbols.at(0xff).empty());
  EXPECT_EQ(symbols.at(0x10f).size(), 1u);
  EXPECT_TRUE(symbols.at(0x110).empty());  // of a function that is not exported
  EXPECT_EQ(symbols.at(0x208).size(), 2u);
  EXPECT_EQ(symbols.at(0x9000).size(), 1u);  // whose end is not known
}

TEST(CodeSymbols, HaveANameForPeople) {
  EXPECT_TRUE(is_better_name("memcpy", "__memcpy"));
  EXPECT_TRUE(is_better_name("read", "read_hidden"));
  EXPECT_FALSE(is_better_name("_read", "read_hidden"));
}

/// .eh_frame_hdr of functions at these distances.
std::vector<std::byte> starts_of(const std::vector<std::int32_t>& distances) {
  std::vector<std::byte> table{std::byte(1), std::byte(0x1b), std::byte(3), std::byte(0x3b)};
  const auto put = [&](auto value) {
    table.resize(table.size() + sizeof value);
    std::memcpy(table.data() + table.size() - sizeof value, &value, sizeof value);
  };
  put(std::int32_t{0});
  put(static_cast<std::uint32_t>(distances.size()));
  for (const std::int32_t distance : distances) {
    put(distance);
    put(std::int32_t{0});
  }
  return table;
}

TEST(FunctionStart, IsThatBeforeTheAddress) {
  auto table = starts_of({-0x3000, -0x2000, 0x100});
  EXPECT_EQ(function_start(table, 0x5000, 0x2000), 0x2000u);
  EXPECT_EQ(function_start(table, 0x5000, 0x2fff), 0x2000u);
  EXPECT_EQ(function_start(table, 0x5000, 0x6000), 0x5100u);
  EXPECT_FALSE(function_start(table, 0x5000, 0x1fff));
  table.resize(30);  // says three, holds two
  EXPECT_EQ(function_start(table, 0x5000, 0x6000), 0x3000u);
  table[3] = std::byte(0);
  EXPECT_FALSE(function_start(table, 0x5000, 0x6000));
  EXPECT_FALSE(function_start({}, 0, 1));
}

TEST(Demangled, IsAsItWasWrittenButNeverOfAnyLength) {
  EXPECT_EQ(demangled("_ZN4shop6renderEi"), "shop::render(int)");
  EXPECT_EQ(demangled("deflate"), "deflate");
  EXPECT_EQ(demangled("_Z"), "_Z");
  std::string grows = "_Z1f1AIiE";
  for (int i = 0; i < 40; ++i) grows += "S_IS0_S0_E";
  EXPECT_EQ(demangled(grows), grows);
  EXPECT_LE(demangled(std::string(5000, 'x')).size(), 1024u);
}

TEST(MappedCode, IsWhatMayBeExecutedOfFiles) {
  const auto codes = mapped_code(
      "7f2000-7f3000 r-xp 00001000 fe:01 77                         /usr/lib/libz.so.1 (deleted)\n"
      "561000-562000 r--p 00000000 fe:01 76                         /usr/sbin/a b\n"
      "562000-563000 r-xp 00001000 fe:01 76                         /usr/sbin/a b\n"
      "600000-601000 rwxp 00000000 00:00 0 \n"
      "700000-6fffff r-xp 00000000 fe:01 9                          /turned\n"
      "7fff00-7fff80 r-xp 00000000 00:00 0                          [vdso]\n"
      "nonsense\n");
  ASSERT_EQ(codes.size(), 3u);
  EXPECT_EQ(codes[0].path, "/usr/sbin/a b");
  EXPECT_EQ(codes[0].range, "562000-563000");
  EXPECT_EQ(codes[1].path, "/usr/lib/libz.so.1");
  EXPECT_EQ(codes[1].offset, 0x1000u);
  EXPECT_EQ(codes[1].inode, 77u);
  EXPECT_EQ(code_at(codes, 0x562fff), codes.data());
  EXPECT_EQ(code_at(codes, 0x563000), nullptr);
  EXPECT_EQ(code_at(codes, 0x10), nullptr);
  EXPECT_EQ(code_at({}, 0x10), nullptr);
}

}  // namespace
}  // namespace tierwatch
