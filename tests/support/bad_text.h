// SPDX-License-Identifier: MIT
//
// A text that a parser must not believe, and the parser: cases of parameterized tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tierwatch {

struct BadText {
  const char* rule;
  std::function<bool(std::string_view)> parses;
  std::string text;
};

/// Whether `parser`, which returns an optional, makes anything of a text.
template <typename Parser>
std::function<bool(std::string_view)> by(Parser parser) {
  return [parser](std::string_view text) { return parser(text).has_value(); };
}

}  // namespace tierwatch
