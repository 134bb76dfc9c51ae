// SPDX-License-Identifier: MIT
#include "collectors/statements/statement_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(StatementText, HidesValuesAndKeepsNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"SELECT * FROM t1 WHERE id = 42", "SELECT * FROM t1 WHERE id = ?"},
      {"select\n\t a ,b  from t;", "select a ,b from t"},
      {"select -1.5e-3, .5, 0x1F, 1_000, 5::int", "select -?, …::int"},
      {"select 'it''s', x", "select ?, x"},
      {"select E'a\\'b', x", "select ?, x"},
      {"select U&'d\\0061t', B'01', X'1f', N'n'", "select U&?, …"},
      {"select $$secret$$, $tag$a $$ b$tag$, x", "select ?, …, x"},
      {"select $1, $2", "select $1, $2"},
      {"select \"Col \"\"x\"\" 1\" from \"T\"", "select \"Col \"\"x\"\" 1\" from \"T\""},
      {"select a /* secret /* nested */ more */ from t -- secret\nwhere b",
       "select a from t where b"},
      {"select x in (1,2,3)", "select x in (?,…)"},
      {"insert into t values (1, 'a'), (2, 'b'), (3, 'c')", "insert into t values (?, …), …"},
      {"select größe, 'größe' from preis", "select größe, ? from preis"},
      {"alter role x password 'secret'", "alter role x password ?"},
      {"", ""},
      {";", ""}};
  for (const auto& [sql, told] : cases) EXPECT_EQ(normalised_statement(sql), told) << sql;
}

TEST(StatementText, HidesTheRestWhereItIsNotKnownWhatIsInQuotes) {
  // With standard_conforming_strings off, or cut within a string, a comment or a tag.
  for (const char* sql : {"select 'a\\'secret', 'more'", "select 'c:\\', 'secret'",
                          "select 'secret", "select E'sec\\", "select $tag$secret",
                          "select $secret", "select 1 /* secret", "select 1 -- secret"})
    EXPECT_THAT(normalised_statement(sql), Not(HasSubstr("sec"))) << sql;
}

TEST(StatementText, IsBoundedAndCutBetweenCharacters) {
  std::string names;
  for (int i = 0; i < 2000; ++i) names += "größe, ";
  const std::string told = normalised_statement("select " + names);
  EXPECT_LE(told.size(), kLongestNormalised + 3);
  EXPECT_TRUE(told.ends_with("…"));
  EXPECT_THAT(told, Not(HasSubstr("\xc3…")));
  // A list of any length is short.
  std::string list = "select x in (1";
  for (int i = 0; i < 10'000; ++i) list += ", " + std::to_string(i);
  EXPECT_EQ(normalised_statement(list + ")"), "select x in (?, …)");
}

TEST(StatementText, TakesAnyBytes) {
  constexpr std::string_view kLetters = "'\"$\\-/*(),;eEuU&1x. \n\x80\xff";
  std::minstd_rand random(5);
  for (int round = 0; round < 5000; ++round) {
    std::string sql;
    for (std::size_t i = random() % 60; i > 0; --i) sql += kLetters[random() % kLetters.size()];
    EXPECT_LE(normalised_statement(sql).size(), kLongestNormalised + 3);
  }
}

}  // namespace
}  // namespace tierwatch
