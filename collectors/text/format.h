// SPDX-License-Identifier: MIT
//
// fmt's sentences: the only includer of fmt outside the log.
#pragma once

#include <fmt/core.h>

#include <string>
#include <utility>

namespace tierwatch {

/// formatted("{} of {:.2f} s", what, seconds), checked when it is compiled.
template <typename... Values>
std::string formatted(fmt::format_string<Values...> text, Values&&... values) {
  return fmt::format(text, std::forward<Values>(values)...);
}

}  // namespace tierwatch
