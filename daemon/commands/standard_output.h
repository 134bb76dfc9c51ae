// SPDX-License-Identifier: MIT
//
// Standard output as a stream that keeps why a write failed: a command whose answer did not arrive
// has not done what it was asked for.
#pragma once

#include <array>
#include <ostream>
#include <streambuf>

namespace tierwatch {

/// Buffered. Writes to the descriptor itself, past std::cout and stdout.
class StandardOutput : private std::streambuf, public std::ostream {
 public:
  explicit StandardOutput(int descriptor);
  ~StandardOutput() override { close(); }

  /// Writes what is left; errno of the first write that failed, 0 when everything arrived. A reader
  /// that went away (EPIPE) wanted no more, so that is no failure; later output is dropped.
  int close();

 private:
  int sync() override;
  int overflow(int byte) override;

  int descriptor_;
  int error_ = 0;
  std::array<char, 16384> buffer_;
};

}  // namespace tierwatch
