// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/column_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "exporters/terminal/scene/process_fields.h"
#include "exporters/terminal/screen/figures.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

ProcessSample sample() {
  ProcessSample process;
  process.reading.id.pid = 7;
  process.reading.thread_count = 4;
  process.reading.memory = MemoryReading{.resident_bytes = 40 << 20, .anonymous_bytes = 30 << 20};
  process.reading.open_fds = 64;
  process.reading.fd_limit = 256;
  process.reading.user_cpu = std::chrono::seconds(90);
  process.cpu_cores = 0.5;
  return process;
}

CustomColumn custom(std::string_view text) {
  const auto parsed = parse_column(text);
  const auto* problem = std::get_if<ColumnProblem>(&parsed);
  if (problem) ADD_FAILURE() << problem_words(text, *problem);
  return problem ? CustomColumn{} : std::get<ViewColumn>(parsed).custom;
}

std::optional<double> figure(std::string_view text, const ProcessSample& process = sample()) {
  return figure_of(custom(text), process, false);
}

std::string shown(std::string_view text, const ProcessSample& process = sample()) {
  const auto value = figure(text, process);
  return value ? figure_text(custom(text).format, *value) : kUnknownFigure;
}

std::string problem(std::string_view text) {
  const auto parsed = parse_columns(text);
  const auto* problem = std::get_if<ColumnProblem>(&parsed);
  if (!problem) ADD_FAILURE() << text << " was taken";
  return problem ? problem_words(text, *problem) : "";
}

TEST(CustomColumn, IsArithmeticOverTheFiguresOfAProcess) {
  EXPECT_EQ(figure("rss/threads"), 10 << 20);
  EXPECT_EQ(figure("fds / limit"), 0.25);
  EXPECT_EQ(figure("X=1+2*3-8/4"), 5);
  EXPECT_EQ(figure("X=(1+2)*-3"), -9);
  EXPECT_EQ(figure("X=8/4/2"), 1) << "from left to right";
  EXPECT_EQ(figure("X=10-4-3"), 3);
  EXPECT_EQ(figure("X=--.5e1"), 5);
  EXPECT_EQ(figure("X=time/60"), 1.5);
}

TEST(CustomColumn, WhatIsNotKnownIsAbsentAndSoIsADivisionByZero) {
  ProcessSample process = sample();
  process.reading.memory.reset();
  EXPECT_EQ(figure("rss/threads", process), std::nullopt);
  EXPECT_EQ(figure("X=rss-rss", process), std::nullopt);
  EXPECT_EQ(figure("X=fds/0"), std::nullopt);
  EXPECT_EQ(figure("X=1/(fds/0)"), std::nullopt) << "not zero";
  EXPECT_EQ(figure("X=0/(fds-64)"), std::nullopt);
  EXPECT_EQ(figure("X=1e300*1e300"), std::nullopt);
  EXPECT_EQ(shown("rss/threads", process), kUnknownFigure);
  EXPECT_EQ(figure_of(custom("time"), sample(), true), std::nullopt) << "no recording holds it";
  EXPECT_EQ(figure_of(custom("X=rss/anon"), sample(), true), std::nullopt);
  EXPECT_TRUE(figure_of(custom("X=rss/threads"), sample(), true));
}

TEST(CustomColumn, IsShownAsItsUnitOrAsItSays) {
  EXPECT_EQ(shown("rss/threads"), "10.0M");
  EXPECT_EQ(shown("X=rss-1024"), "40.0M") << "a bare number takes the unit of the other";
  EXPECT_EQ(shown("X=fds/limit"), "0.25");
  EXPECT_EQ(shown("X=fds/limit:percent"), "25%");
  EXPECT_EQ(shown("X = fds / limit : percent"), "25%");
  EXPECT_EQ(shown("X=time/threads"), "0:22.50");
  EXPECT_EQ(shown("X=fds*1024:bytes"), "64K");
  EXPECT_EQ(shown("X=rss/anon"), "1.33") << "bytes of bytes are a number";
  EXPECT_EQ(shown("X=-fds"), "-64");
  EXPECT_EQ(shown("X=1/fds/100"), "<0.01");
}

TEST(CustomColumn, OfSeveralProcessesIsThatOfTheirSums) {
  const ProcessSample one = sample();
  ProcessSample other = sample();
  other.reading.thread_count = 12;
  EXPECT_EQ(figure_of_all(custom("rss/threads"), {&one, &other}, false), (80 << 20) / 16);
  other.reading.memory.reset();
  EXPECT_EQ(figure_of_all(custom("rss/threads"), {&one, &other}, false), std::nullopt);
  EXPECT_EQ(figure_of_all(custom("rss/threads"), {}, false), std::nullopt);
}

TEST(CustomColumn, SortsFallingAndAbsentOnesLast) {
  const ViewColumn column = std::get<ViewColumn>(parse_column("X=fds-100"));
  ProcessSample few = sample(), many = sample(), unknown = sample();
  many.reading.open_fds = 200;
  unknown.reading.open_fds.reset();
  EXPECT_TRUE(comes_before(column, many, few));
  EXPECT_TRUE(comes_before(column, few, unknown)) << "also where its figure is below zero";
  EXPECT_FALSE(comes_before(column, unknown, few));
}

TEST(ColumnList, HoldsOursAndCustomOnesInTheOrderTheyWereNamed) {
  const auto parsed = parse_columns(" pid, cpu ,MEM/T=rss/threads,anon, title");
  ASSERT_TRUE(std::holds_alternative<ColumnList>(parsed));
  const ColumnList& columns = std::get<ColumnList>(parsed);
  ASSERT_EQ(columns.size(), 5u);
  EXPECT_EQ(columns[1].column, ProcessColumn::kCpu);
  EXPECT_EQ(name_of(columns[2]), "MEM/T");
  EXPECT_EQ(name_of(columns[3]), "anon") << "a field that is no column of ours";
  EXPECT_EQ(definitions_of(columns), "pid,cpu,MEM/T=rss/threads,anon,title");
  const auto again = parse_columns(definitions_of(columns));
  ASSERT_TRUE(std::holds_alternative<ColumnList>(again));
  EXPECT_EQ(std::get<ColumnList>(again), columns);
  EXPECT_EQ(completed(columns, default_columns()).size(), 5 + kProcessColumns - 3);
  EXPECT_EQ(definitions_of(completed(columns, default_columns())), definitions_of(columns));
}

TEST(ColumnList, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(problem("pid,rs/threads"),
            "column 5 of 'pid,rs/threads': no field is called 'rs'; there are cpu, hottest, delay, "
            "threads, rss, anon, swap, fds, limit and time\n  pid,rs/threads\n      ^");
  EXPECT_EQ(problem("X=rss threads"),
            "column 7 of 'X=rss threads': an operator (+ - * /), ':' or the end is expected\n"
            "  X=rss threads\n        ^");
  EXPECT_THAT(problem("X=rss+fds"),
              StartsWith("column 6 of 'X=rss+fds': what stands before '+' is in bytes, what stands "
                         "behind it a number without a unit"));
  EXPECT_THAT(problem("é=rss/"), StartsWith("column 7 of 'é=rss/': a field, a number or '('"));
  EXPECT_THAT(problem(""), StartsWith("column 1 of '': a field"));
  EXPECT_THAT(problem("pid,,cpu"), StartsWith("column 5 of"));
  EXPECT_THAT(problem("pid,"), StartsWith("column 5 of"));
  EXPECT_THAT(problem("X=(rss"), HasSubstr("')' is missing, of the '(' in column 3"));
  EXPECT_THAT(problem("X=(rss rss)"), HasSubstr("an operator or ')' is expected"));
  EXPECT_THAT(problem("X=rss)"), HasSubstr("')' has no place here"));
  EXPECT_THAT(problem("X=rss:kilo"), StartsWith("column 7 of 'X=rss:kilo': number, percent"));
  EXPECT_THAT(problem("X=rss/10M"), StartsWith("column 9 of 'X=rss/10M': a number has no unit"));
  EXPECT_THAT(problem("=rss"), HasSubstr("a name is expected"));
  EXPECT_THAT(problem("rss=anon"), HasSubstr("'rss' is the name of another column"));
  EXPECT_THAT(problem("cpu,pid,cpu"), StartsWith("column 9 of"));
  EXPECT_THAT(problem("A=rss,A=fds"), HasSubstr("two columns called 'A'"));
  EXPECT_THAT(problem("rss/threads/threads/threads"), HasSubstr("write NAME="));
  EXPECT_THAT(problem("A\tB=rss"), HasSubstr("no control characters"));
}

TEST(ColumnList, NoTextIsTooLongOrTooDeepForIt) {
  EXPECT_THAT(problem("X=" + std::string(100'000, '(')), HasSubstr("nested too deep"));
  EXPECT_THAT(problem("X=" + std::string(100'000, '-') + "1"), HasSubstr("nested too deep"));
  std::string sum = "X=1";
  for (int i = 0; i < 1000; ++i) sum += "+1";
  EXPECT_THAT(problem(sum), HasSubstr("so long an expression"));
}

TEST(ColumnList, EveryFieldHasAColumnOfItsOwnName) {
  for (const ProcessField& field : process_fields()) {
    const auto parsed = parse_column("X=" + std::string(field.name));
    EXPECT_TRUE(std::holds_alternative<ViewColumn>(parsed)) << field.name;
    EXPECT_FALSE(field.meaning.empty());
  }
}

}  // namespace
}  // namespace tierwatch
