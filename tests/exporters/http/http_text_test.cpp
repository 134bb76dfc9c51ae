// SPDX-License-Identifier: MIT
#include "exporters/http/http_text.h"

#include <gtest/gtest.h>

#include "tests/support/gzip.h"

namespace tierwatch {
namespace {

struct EncodingCase {
  const char* name;
  const char* header;
  bool accepted;
};

class AcceptsGzip : public ::testing::TestWithParam<EncodingCase> {};

TEST_P(AcceptsGzip, AsRfc9110Says) {
  EXPECT_EQ(accepts_gzip(GetParam().header), GetParam().accepted);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, AcceptsGzip,
    ::testing::Values(
        EncodingCase{"Nothing", "", false}, EncodingCase{"Gzip", "gzip", true},
        EncodingCase{"AnyCase", "GZip", true}, EncodingCase{"OldName", "x-gzip", true},
        EncodingCase{"AmongOthers", "deflate, gzip;q=0.5 , br", true},
        EncodingCase{"OnlyOthers", "br, deflate", false},
        EncodingCase{"RefusedByWeight", "gzip;q=0", false},
        EncodingCase{"RefusedByLongWeight", "gzip; q=0.000", false},
        EncodingCase{"SmallWeightIsNotZero", "gzip;q=0.001", true},
        EncodingCase{"Anything", "*", true}, EncodingCase{"NothingAtAll", "*;q=0", false},
        EncodingCase{"GzipBeatsAnything", "*, gzip;q=0", false},
        EncodingCase{"GzipBeatsNothing", "*;q=0, gzip", true},
        EncodingCase{"Identity", "identity", false}, EncodingCase{"NotAPrefix", "gzipped", false},
        EncodingCase{"Garbage", ";;,=q,q=0;gzip", false}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(RequestTarget, SlashesAreWhatTheySay) {
  for (const char* text :
       {"/metrics", "/metrics/", "//metrics", "///metrics//", "http://web1:9718/metrics",
        "HTTP://web1/metrics/", "https://[::1]//metrics"}) {
    const auto target = parse_request_target(text);
    ASSERT_TRUE(target) << text;
    EXPECT_EQ(target->path, "/metrics") << text;
  }
  for (const char* text : {"/", "//", "http://web1", "http://web1:9718/"}) {
    ASSERT_TRUE(parse_request_target(text)) << text;
    EXPECT_EQ(parse_request_target(text)->path, "/") << text;
  }
  EXPECT_EQ(parse_request_target("/api//v1/snapshot")->path, "/api/v1/snapshot");
}

TEST(RequestTarget, TheAbsoluteFormNamesTheHost) {
  EXPECT_EQ(parse_request_target("http://web1:9718/metrics")->authority, "web1:9718");
  EXPECT_EQ(parse_request_target("/http://web1/")->authority, std::nullopt);
}

TEST(RequestTarget, DotsLeadNowhere) {
  EXPECT_EQ(parse_request_target("/x/../metrics")->path, "/x/../metrics");
  EXPECT_EQ(parse_request_target("/./metrics")->path, "/./metrics");
}

TEST(RequestTarget, WhatIsNoTargetIsNone) {
  for (const char* text : {"", "*", "metrics", "web1:9718", "ftp://web1/metrics", "http:///metrics",
                           "http://localhost:x@web1/metrics"})
    EXPECT_FALSE(parse_request_target(text)) << text;
}

TEST(Gzip, ComesBackWhole) {
  for (const std::size_t size : {0, 1, 1000, 1'000'000}) {
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; i += 7) text[i] = static_cast<char>(i * 31);
    bool compressed = false;
    EXPECT_EQ(gunzip(gzip(text, compressed)), text);
    EXPECT_TRUE(compressed);
  }
}

TEST(LoopbackHost, NamesThisMachine) {
  for (const char* host : {"localhost", "LOCALHOST:9718", "127.0.0.1", "127.0.0.1:9718",
                           "127.8.9.1", "[::1]", "[::1]:9718"}) {
    EXPECT_TRUE(is_loopback_host(host)) << host;
  }
}

TEST(LoopbackHost, IsNoNameOfAStranger) {
  for (const char* host :
       {"", "evil.example", "evil.example:9718", "127.0.0.1.evil.example", "localhost.evil.example",
        "10.0.0.1", "[::1]evil", "[::2]", "128.0.0.1", ":9718"}) {
    EXPECT_FALSE(is_loopback_host(host)) << host;
  }
}

}  // namespace
}  // namespace tierwatch
