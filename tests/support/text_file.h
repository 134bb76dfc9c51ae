// SPDX-License-Identifier: MIT
//
// A whole file as text.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace tierwatch {

/// Throws std::runtime_error when it cannot be read.
inline std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace tierwatch
