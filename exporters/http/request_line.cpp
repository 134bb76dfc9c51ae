// SPDX-License-Identifier: MIT
#include "exporters/http/request_line.h"

#include <algorithm>

namespace tierwatch {
namespace {

/// Clients may put several blanks where one is enough.
bool only_blanks_between(const char* begin, const char* end) {
  return begin && begin <= end &&
         std::all_of(begin, end, [](char c) { return c == ' ' || c == '\t'; });
}

}  // namespace

bool holds_zero_byte(const char* method, const char* target, const char* behind_target,
                     const char* version) {
  return !only_blanks_between(behind(method), target) ||
         !only_blanks_between(behind_target, version);
}

}  // namespace tierwatch
