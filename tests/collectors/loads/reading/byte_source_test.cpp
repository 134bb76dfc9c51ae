// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/byte_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/gzip.h"
#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

std::string read_all(ByteSource& source, std::size_t chunk) {
  std::string text, part(chunk, '\0');
  while (const std::size_t got = source.read(part.data(), part.size())) text.append(part, 0, got);
  return text;
}

std::string some_text(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i * i) + "\n";
  return text;
}

TEST(ByteSource, GivesPlainAndGzippedFilesInWholeAndTheirHeadFirst) {
  const LoadFolder folder;
  for (const std::size_t size : {0u, 1u, 70'000u, 900'000u}) {
    const std::string text = some_text(size);
    for (const std::string& bytes : {text, gzipped(text)}) {
      if (size == 0 && bytes.empty()) continue;
      ByteSource source(folder.write("f", bytes));
      EXPECT_EQ(source.head(), std::string_view(text).substr(0, 65536));
      EXPECT_EQ(read_all(source, 777), text);
      EXPECT_FALSE(source.cut());
    }
  }
}

TEST(ByteSource, NothingIsWaitedForOrReadWithoutAnEnd) {
  const LoadFolder folder;
  const auto fifo = folder.write("f", "").string() + ".fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THROW(ByteSource{fifo}, ImportError);
  EXPECT_THROW(ByteSource{"/dev/zero"}, ImportError);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "one\n", 4), 4);
  close(ends[1]);
  ByteSource source("/proc/self/fd/" + std::to_string(ends[0]));
  EXPECT_EQ(read_all(source, 100), "one\n");
  close(ends[0]);
}

TEST(ByteSource, MembersOfAGzipFileFollowOneAnother) {
  const LoadFolder folder;
  ByteSource source(folder.write("f", gzipped("one\n") + gzipped("two\n")));
  EXPECT_EQ(read_all(source, 100), "one\ntwo\n");
}

TEST(ByteSource, AGzipFileThatIsCutGivesWhatIsThereAndSaysSo) {
  const LoadFolder folder;
  const std::string text = some_text(300'000), packed = gzipped(text);
  ByteSource source(folder.write("f", packed.substr(0, packed.size() / 2)));
  const std::string got = read_all(source, 4096);
  EXPECT_THAT(text, testing::StartsWith(got));
  EXPECT_GT(got.size(), 1000u);
  EXPECT_TRUE(source.cut());
}

TEST(ByteSource, DamagedGzipDataAreRefused) {
  const LoadFolder folder;
  std::string packed = gzipped(some_text(300'000));
  for (std::size_t i = 100; i < 200; ++i) packed[i] = static_cast<char>(~packed[i]);
  const auto file = folder.write("f", packed);
  EXPECT_THROW(
      {
        ByteSource source(file);
        read_all(source, 4096);
      },
      ImportError);
}

TEST(ByteSource, TellsHowFarItIs) {
  const LoadFolder folder;
  const std::string text = some_text(900'000);
  std::uint64_t last = 0, whole = 0;
  ByteSource source(folder.write("f", text), [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GE(done, last);
    last = done;
    whole = total;
  });
  read_all(source, 100'000);
  EXPECT_EQ(last, text.size());
  EXPECT_EQ(whole, text.size());
}

}  // namespace
}  // namespace tierwatch
