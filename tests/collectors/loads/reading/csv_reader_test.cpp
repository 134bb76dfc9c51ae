// SPDX-License-Identifier: MIT
#include "collectors/loads/reading/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using Rows = std::vector<std::vector<std::string>>;

struct Read {
  Rows rows;
  std::vector<std::uint64_t> lines;
  std::optional<std::uint64_t> cut_line;
  CsvReader::BrokenLines broken;
};

Read read_all(std::string_view text, CsvDialect dialect = {}) {
  const LoadFolder folder;
  ByteSource source(folder.write("file", text));
  CsvReader reader(source, "file", dialect);
  Read read;
  while (const auto row = reader.next()) {
    read.rows.emplace_back(row->begin(), row->end());
    read.lines.push_back(reader.line());
  }
  read.cut_line = reader.cut_line();
  read.broken = reader.broken_lines();
  return read;
}

TEST(CsvReader, ReadsRows) {
  const std::pair<std::string_view, Rows> cases[] = {
      {"", {}},
      {"a,b\n", {{"a", "b"}}},
      {"a,b\r\nc,\r\n", {{"a", "b"}, {"c", ""}}},
      {"\xEF\xBB\xBF"
       "a\n\n\nb\n",
       {{"a"}, {"b"}}},
      {",\n", {{"", ""}}},
      {"\"a,b\",\"c\nd\"\n", {{"a,b", "c\nd"}}},
      {"\"\"\"a\"\"\",\"\",\"\"\"\"\n", {{"\"a\"", "", "\""}}},
      {"a\"b,c\n", {{"a\"b", "c"}}},
      {"\"a\"\r\n", {{"a"}}},
  };
  for (const auto& [text, rows] : cases) EXPECT_EQ(read_all(text).rows, rows) << text;
}

TEST(CsvReader, WhereQuotesMeanNothingTheyAreCharacters) {
  EXPECT_EQ(read_all("\"a\tb\n", {'\t', false}).rows, (Rows{{"\"a", "b"}}));
}

TEST(CsvReader, TellsTheLineOnWhichARowBegan) {
  const Read read = read_all("a\n\"b\nb\nb\"\n\nc\nd");
  EXPECT_THAT(read.lines, ElementsAre(1, 2, 6));
  EXPECT_EQ(read.cut_line, 7u);
}

TEST(CsvReader, AWholeFileHasNoCutLine) { EXPECT_EQ(read_all("a\nb\n").cut_line, std::nullopt); }

// Rows of every length meet the ends of the buffer at every offset.
TEST(CsvReader, RowsAreTheSameWhereverTheBufferEnds) {
  std::string text;
  Rows rows;
  for (std::size_t i = 0; text.size() < 3'000'000; ++i) {
    const std::string plain(i * 7 % 4001, 'x');
    rows.push_back({plain, "say \"hi\",\nyou", std::to_string(i)});
    text += plain + ",\"say \"\"hi\"\",\nyou\"," + std::to_string(i) + "\n";
  }
  EXPECT_TRUE(read_all(text).rows == rows);
}

TEST(CsvReader, AQuoteThatIsNeverClosedCostsItsOwnRow) {
  for (const std::string broken :
       {"3,\"c,z\n4,d,z\n", "3,\"c,z\n4,d,\"z\"\n", "3,c,\"\"\"z\n4,d,z\n"}) {
    std::string text = "n,l,z\n1,a,z\n2,\"b\nb\",z\n" + broken + "5,e,\"z\nz\"\n";
    for (int i = 6; i < 400'000; ++i) text += std::to_string(i) + ",f,z\n";
    const Read read = read_all(text);
    EXPECT_EQ(read.rows.size(), 399'999u) << "all but the third: " << broken;
    EXPECT_EQ(read.rows[3], (Rows::value_type{"4", "d", "z"})) << broken;
    EXPECT_EQ(read.rows.back()[0], "399999");
    EXPECT_THAT(read.broken.first, ElementsAre(5)) << broken;
    EXPECT_EQ(read.broken.count, 1u);
    EXPECT_EQ(read.cut_line, std::nullopt);
  }
}

TEST(CsvReader, LinesInQuotesThatAreNoRowsAreText) {
  const std::string text = "n,l,z\n1,\"a, b, c\n2 of 3, 4\n,,\n\",z\n2,b,\"z\n3,c\"\n";
  EXPECT_EQ(read_all(text).rows.size(), 3u);
  EXPECT_EQ(read_all(text).broken.count, 0u);
}

TEST(CsvReader, AQuoteThatIsNeverClosedIsRefusedWithItsLine) {
  const std::string text = "a,b\nc,\"d" + std::string(5'000'000, 'x');
  try {
    read_all(text);
    FAIL();
  } catch (const ImportError& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("file:2: a row of more than 4 MiB"));
  }
}

}  // namespace
}  // namespace tierwatch
