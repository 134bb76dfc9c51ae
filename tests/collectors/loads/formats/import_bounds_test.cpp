// SPDX-License-Identifier: MIT
//
// Files that would fill the memory: refused with an error that says which bound, in little memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/loads/reading/json_events.h"
#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kLong(5 * 1024 * 1024, 'x');

TEST(ImportBounds, AJsonStringThatNeverEndsIsRefused) {
  EXPECT_THAT(refusal_of("{\"aggregate\":{\"a\":\"" + kLong + "\"},\"intermediate\":[]}"),
              HasSubstr("a string or number of more than 1 MiB"));
  EXPECT_THAT(refusal_of("{\"intermediate\":[],\"aggregate\":" + std::string(kLong.size(), '1')),
              HasSubstr("a string or number of more than 1 MiB"));
}

TEST(ImportBounds, AJsonKeyMayBeLongAndTheRestIsRead) {
  const LoadSeries series = import_text(
      "{\"aggregate\":{\"counters\":{\"http.responses\":5}},\"intermediate\":[{\"period\":"
      "1700000000000,\"" +
      kLong.substr(0, 200'000) + "\":1,\"counters\":{\"http.responses\":5}}]}");
  EXPECT_EQ(series.totals.requests, 5);
}

TEST(ImportBounds, AnXmlTagThatNeverEndsIsRefused) {
  const std::string begin = "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n<sample lb=\"";
  EXPECT_THAT(refusal_of(begin + kLong + kLong), HasSubstr("file:3: a tag of more than 4 MiB"));
}

TEST(ImportBounds, XmlThatIsNestedWithoutEndIsRefused) {
  std::string text = "<?xml version=\"1.0\"?>\n<testResults version=\"1.2\">\n";
  for (int i = 0; i < 200; ++i) text += "<a>";
  EXPECT_THAT(refusal_of(text), HasSubstr("nested deeper than 100"));
}

TEST(ImportBounds, ARowOfCommasIsRefused) {
  EXPECT_THAT(refusal_of("timeStamp,elapsed,success\n" + std::string(5000, ',') + "\n"),
              HasSubstr("file:2: more than 4096 fields"));
}

TEST(ImportBounds, AFileOfMostlyBadRowsIsRefusedAtItsFirst) {
  std::string text = "timeStamp,elapsed,success\n";
  for (int i = 0; i < 5000; ++i) text += "1700000000123,x,true\n";
  EXPECT_THAT(refusal_of(text + "1700000000123,5,true\n"), HasSubstr("file:2: elapsed is \"x\""));
}

TEST(JsonDocuments, StandOneAfterTheOther) {
  EXPECT_THAT(json_documents("log\n{\"a\":\"}\\\"{\"}\n{\"b\":{}}x"),
              ElementsAre("{\"a\":\"}\\\"{\"}", "{\"b\":{}}"));
  EXPECT_THAT(json_documents("{\"a\":1}{\"b\":"), ElementsAre("{\"a\":1}", "{\"b\":"));
  EXPECT_THAT(json_documents("none"), ElementsAre("none"));
}

}  // namespace
}  // namespace tierwatch
