// SPDX-License-Identifier: MIT
//
// Texts of real kernels, kept in tests/fixtures/.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/source_tree.h"

namespace tierwatch {

/// All of tests/fixtures/`name`; fails the test when it is missing or empty.
inline std::string fixture(const std::string& name) {
  std::ifstream in(source_path("tests/fixtures/" + name), std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_FALSE(text.empty()) << name;
  return text;
}

}  // namespace tierwatch
