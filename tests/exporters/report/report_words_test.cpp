// SPDX-License-Identifier: MIT
#include "exporters/report/report_words.h"

#include <gmock/gmock.h>

#include "exporters/report/formats/report_csv.h"
#include "exporters/report/formats/report_html.h"
#include "exporters/report/formats/report_markdown.h"
#include "exporters/report/formats/text_page.h"

namespace tierwatch {
namespace {

TEST(ReportWords, FiguresKeepThreeDigitsOrSo) {
  EXPECT_EQ(rate_figure(1240.4), "1240");
  EXPECT_EQ(rate_figure(99.96), "100");
  EXPECT_EQ(rate_figure(35.24), "35.2");
  EXPECT_EQ(rate_figure(0.836), "0.84");
  EXPECT_EQ(latency_figure(1.2), "1.20 s");
  EXPECT_EQ(latency_figure(0.9999), "1.00 s");
  EXPECT_EQ(latency_figure(0.31), "310 ms");
  EXPECT_EQ(latency_figure(0.0042), "4.2 ms");
  EXPECT_EQ(latency_figure(0.00021), "0.21 ms");
  EXPECT_EQ(latency_figure(0.0000085), "8.5 µs");
  EXPECT_EQ(latency_figure(0), "0 ms");
  EXPECT_EQ(ratio_figure(0), "0 %");
  EXPECT_EQ(ratio_figure(0.0001), "<0.1 %");
  EXPECT_EQ(ratio_figure(0.025), "2.5 %");
  EXPECT_EQ(ratio_figure(0.41), "41 %");
}

TEST(ReportWords, SpreadIsHalfTheInterval) {
  EXPECT_EQ(spread_figure({100, 98, 102}), "±2.0 %");
  EXPECT_EQ(spread_figure({100, 100, 100}), "");
  EXPECT_EQ(spread_figure({0, -1, 1}), "–");
  EXPECT_EQ(range_figure({412, 398, 431}, rate_figure), "398–431");
  EXPECT_EQ(range_figure({412, 411.9, 412.1}, rate_figure), "412");
}

TEST(ReportWords, OffsetsHaveASignAndCarryIntoHours) {
  using std::chrono::milliseconds;
  EXPECT_EQ(offset_figure(milliseconds(7300)), "+7.30 s");
  EXPECT_EQ(offset_figure(-milliseconds(10'800'000)), "−3 h 0 m 0.00 s");
  EXPECT_EQ(offset_figure(milliseconds(65'250)), "+1 m 5.25 s");
  EXPECT_EQ(change_figure(0.125), "+12.5 %");
  EXPECT_EQ(change_figure(-0.03), "−3.0 %");
}

TEST(ReportWords, ElapsedTimeMayBeBeforeTheBegin) {
  EXPECT_EQ(elapsed_figure(125), "2:05");
  EXPECT_EQ(elapsed_figure(3725), "1:02:05");
  EXPECT_EQ(elapsed_figure(-10), "-0:10");
  EXPECT_EQ(elapsed_figure(-0.2), "0:00");
}

TEST(OneLine, ObeysNothingAndHasAnEnd) {
  EXPECT_EQ(one_line("a\nb\tc"), "a b c");
  EXPECT_EQ(one_line("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(one_line("abcdef", 3), "abc…");
  EXPECT_EQ(one_line("abc", 3), "abc");
  EXPECT_EQ(one_line("abcdef", 3, Charset::kAscii), "abc~");
  EXPECT_LE(one_line(std::string(10'000, 'x'), 80).size(), 80 + std::string("…").size());
}

TEST(CsvField, IsQuotedWhereNeededAndNeverAFormula) {
  EXPECT_EQ(csv_field("plain"), "plain");
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("say \"hi\"\n"), "\"say \"\"hi\"\"\n\"");
  EXPECT_EQ(csv_field("=HYPERLINK(1)"), "'=HYPERLINK(1)");
  EXPECT_EQ(csv_field("@SUM(1,2)"), "\"'@SUM(1,2)\"");
}

TEST(MarkdownText, FormatsNothing) {
  EXPECT_EQ(markdown_text("a|b*c_d`e"), "a\\|b\\*c\\_d\\`e");
  EXPECT_EQ(markdown_text("<script>"), "\\<script\\>");
  EXPECT_EQ(markdown_text("[x](http://y)"), "\\[x\\](http\\://y)");
  EXPECT_EQ(markdown_text("- no list"), "\\- no list");
  EXPECT_EQ(markdown_text("12. no list"), "12\\. no list");
  EXPECT_EQ(markdown_text("12.5 of 16"), "12.5 of 16");
  EXPECT_EQ(markdown_text("two\nlines"), "two lines");
}

TEST(HtmlText, HoldsNoTagAndNoQuote) {
  EXPECT_EQ(html_text("<b a=\"1\" c='2'>&amp;"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
}

TEST(Wrapped, BreaksAtSpacesAndElsewhereOnlyWhenItMust) {
  EXPECT_THAT(wrapped("one two three", 7), testing::ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("abcdefgh ij", 4), testing::ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(wrapped("", 10), testing::ElementsAre(""));
  EXPECT_THAT(wrapped("it is 93 % full", 8), testing::ElementsAre("it is", "93 %", "full"))
      << "together";
  for (const std::string& line : wrapped("ein längeres Wort: Überlastungsanzeige", 9))
    EXPECT_LE(columns_of(line), 9u) << line;
}

}  // namespace
}  // namespace tierwatch
