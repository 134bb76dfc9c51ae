// SPDX-License-Identifier: MIT
#include "exporters/http/request_line.h"

#include <gtest/gtest.h>

#include <string>

namespace tierwatch {
namespace {

using namespace std::string_literals;

/// As the library cuts it: the first blank ends the method, the last one the target.
bool holds(std::string line) {
  const auto method_ends = line.find(' '), target_ends = line.rfind(' ');
  const auto target = line.find_first_not_of(' ', method_ends);
  line[method_ends] = line[target_ends] = '\0';
  const char* begin = line.c_str();
  return holds_zero_byte(begin, begin + target, behind(begin + target), begin + target_ends + 1);
}

TEST(RequestLine, AZeroByteOfTheClientsIsFoundWhereverItStands) {
  EXPECT_FALSE(holds("GET /a HTTP/1.1"));
  EXPECT_FALSE(holds("GET   /a HTTP/1.1"));
  EXPECT_FALSE(holds("GET /a b HTTP/1.1"));
  EXPECT_TRUE(holds("GET /a\0 HTTP/1.1"s));
  EXPECT_TRUE(holds("GET /a\0b HTTP/1.1"s));
  EXPECT_TRUE(holds("GET /a\0HTTP/1.1 HTTP/1.1"s));
  EXPECT_TRUE(holds("GET\0b /a HTTP/1.1"s));
  EXPECT_TRUE(holds("GET\0 /a HTTP/1.1"s));
}

TEST(RequestLine, WhereTheEndIsNotKnownNothingIsBelieved) {
  const std::string line = "GET\0/a\0HTTP/1.1"s;
  EXPECT_TRUE(holds_zero_byte(line.c_str(), line.c_str() + 4, nullptr, line.c_str() + 7));
}

}  // namespace
}  // namespace tierwatch
