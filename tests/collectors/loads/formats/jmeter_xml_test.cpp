// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n";

std::string attributes(int ms, int elapsed, bool success = true) {
  return " t=\"" + std::to_string(elapsed) + "\" ts=\"" + std::to_string(1'700'000'000'000 + ms) +
         "\" s=\"" + (success ? "true" : "false") + "\" lb=\"a\" tn=\"t 1-1\" na=\"1\"";
}

LoadSeries read(const std::string& samples) {
  return import_text(std::string(kHead) + samples + "</testResults>\n");
}

TEST(ImportJmeterXml, ElementsOfOtherSamplersAreSamples) {
  const LoadSeries series =
      read("<com.example.WebDriverSample" + attributes(0, 10) + "><note>x</note>" +
           "</com.example.WebDriverSample>\n<statSample" + attributes(20, 10, false) + "/>\n" +
           "<httpSample" + attributes(40, 10) + "/>\n");
  EXPECT_EQ(series.totals.requests, 3);
  EXPECT_EQ(series.totals.errors, 1);
}

TEST(ImportJmeterXml, OneBadSampleIsLostAlone) {
  const LoadSeries series = read("<httpSample" + attributes(0, 10) + "/>\n<httpSample s=\"x\"/>\n" +
                                 "<httpSample" + attributes(20, 10) + "/>\n");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_TRUE(warns_of(series, "line 4 is left out: a sample without ts and t"));
}

TEST(ImportJmeterXml, ASampleOfTimeZeroFailedAtTheTimeOfTheOneBefore) {
  const LoadSeries series =
      read("<httpSample" + attributes(0, 10) + "/>\n<httpSample t=\"0\" ts=\"0\" s=\"false\"/>\n");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_EQ(series.totals.errors, 1);
  EXPECT_TRUE(warns_of(series, "1 samples have no time"));
}

TEST(ImportJmeterXml, TimesOfEndsAreKnownByTheirThread) {
  std::string text;
  for (int i = 0; i < 6; ++i)  // one of 300 ms, then one of 90
    text += "<httpSample" + attributes(400 * i + 300, 300) + "/>\n<httpSample" +
            attributes(400 * i + 395, 90) + "/>\n";
  const LoadSeries series = read(text);
  EXPECT_TRUE(warns_of(series, "samples ended"));
  EXPECT_EQ(series.start->time_since_epoch(), std::chrono::milliseconds(1'700'000'000'000));
  EXPECT_DOUBLE_EQ(series.totals.seconds, 2.395);
}

TEST(ImportJmeterXml, APageWithWhatItEmbedsIsNotStampedAtItsEnd) {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += "<httpSample" + attributes(200 * i, 190) + "><httpSample" + attributes(200 * i, 5) +
            "/><httpSample" + attributes(200 * i + 5, 185) + "/></httpSample>\n";
  EXPECT_FALSE(warns_of(read(text), "samples ended"));
}

TEST(ImportJmeterXml, BlanksBeforeTheDeclarationAreLeftOut) {
  const std::string text =
      std::string(kHead) + "<httpSample" + attributes(0, 10) + "/>\n</testResults>\n";
  EXPECT_EQ(import_text("\n \n" + text).totals.requests, 1);
  EXPECT_EQ(import_text(std::string(5000, '\n') + text).totals.requests, 1);
}

TEST(ImportJmeterXml, ElementsWithoutTimesAreNotRequestsThatFailed) {
  EXPECT_THAT(
      refusal_of(std::string(kHead) + "<com.example.Sample><time>true</time></com.example.Sample>\n"
                                      "</testResults>\n"),
      testing::HasSubstr("its elements have neither ts nor t"));
}

TEST(ImportJmeterXml, HttpSamplesWithinAnotherAreOfATransaction) {
  const std::string inner =
      "<httpSample" + attributes(0, 10) + "/>\n<httpSample" + attributes(10, 20) + "/>\n";
  const LoadSeries series = read("<sample" + attributes(0, 30) + ">\n" + inner + "</sample>\n");
  EXPECT_EQ(series.totals.requests, 2);
  EXPECT_TRUE(warns_of(series, "1 rows of transactions"));
  const LoadSeries parent =  // a page with what it embeds
      read("<httpSample" + attributes(0, 30) + ">\n" + inner + "</httpSample>\n");
  EXPECT_EQ(parent.totals.requests, 1);
}

TEST(ImportJmeterXml, ForbiddenCharactersAreFoundWhereverTheFileIsRead) {
  std::string text;
  constexpr int kRows = 5000;  // references at all distances from the edges of buffers
  for (int i = 0; i < kRows; ++i)
    text += "<httpSample" + attributes(i, 1) + "><r>" + std::string(i % 64, 'a') +
            "&#x1B;\x01&#11;&#10;&#x41;&amp;&lt;</r></httpSample>\n";
  const LoadSeries series = read(text);
  EXPECT_EQ(series.totals.requests, kRows);
  EXPECT_TRUE(warns_of(series, std::to_string(3 * kRows) + " characters that XML forbids"));
}

}  // namespace
}  // namespace tierwatch
